import Basics
import Lineage
import MeshModel
import Orchestration
import Records

/// Datasets, their partitions, and what they are made of.
enum DatasetRoutes {
  private static let base = "/api/v1/datasets/{dataset}"

  static let all: [Route] = [
    .get(
      "/api/v1/datasets", .states, "Datasets by name", schema: "datasets",
      [
        .domain, .search, .text("select", .selection, "only what selected tasks write"),
      ] + QueryParameter.pagingByName
    ) { visit in
      try visit.datasets()
    },
    .get(base, .states, "A dataset: its columns, who writes it and who reads it", schema: "dataset") {
      visit in
      try visit.showDataset()
    },
    .get(
      base + "/partitions", .states, "The partitions of a dataset, the latest first", schema: "partitions",
      [.text("from", .key, "the first key"), .text("to", .key, "the last key")] + QueryParameter.pagingByName
    ) { visit in
      try visit.partitions()
    },
    .get(
      base + "/lineage", .states, "The datasets around one, laid out", schema: "layout",
      [
        .number("up", 0...10, "steps upstream; 1 where nothing is said"),
        .number("down", 0...10, "steps downstream; 1 where nothing is said"),
      ]
    ) { visit in
      let name = try visit.dataset()
      let (up, down) = (visit.integer("up", default: 1), visit.integer("down", default: 1))
      guard let drawing = visit.declared.graph.drawing(around: name, up: up, down: down) else {
        throw Problem.notFound("there is no dataset '\(name)'")
      }
      return visit.json("layout") { drawing.write(to: &$0) }
    },
  ]
}

extension Visit {
  fileprivate func datasets() throws -> Route.Answer {
    try read { reader in
      var names = declared.graph.datasets.keys.filter { caller.mayRead($0.domain) }.sorted()
      if let domain = query["domain"] { names = names.filter { $0.domain == domain } }
      if let part = query["q"]?.lowercased() { names = names.filter { $0.description.contains(part) } }
      if let text = query["select"] {
        let nodes = try Problem.passing { () throws(SessionError) in
          try declared.project.nodes(selectedBy: text, reader: reader)
        }
        let wanted = Set(nodes.flatMap { declared.graph.nodes[$0].writes })
        names = names.filter(wanted.contains)
      }
      let rest = names.drop { name in query["cursor"].map { name.description <= $0 } ?? false }
      let shown = rest.prefix(limit)
      let latest = try shown.map { try reader.latestPartition(of: $0) }
      let staleness = Staleness(declared.project, reader: reader)
      let stale = try shown.map { try staleness.isStale($0, reader) }
      return json("datasets") { writer in
        writer.number("total", names.count)
        writer.objects("items", zip(shown, zip(latest, stale))) {
          write($1.0, $1.1.0, isStale: $1.1.1, to: &$0)
        }
        writer.text("next", rest.count > limit ? shown.last?.description : nil)
      }
    }
  }

  private func write(
    _ name: DatasetName, _ latest: DatasetPartition?, isStale: Bool, to writer: inout JSONWriter
  ) {
    let graph = declared.graph
    let dataset = graph.datasets[name]
    let writerNode = dataset?.writer
    writer.text("dataset", name.description)
    writer.text("domain", name.domain)
    writer.text("owner", graph.owners[name.domain])
    writer.text("writer", writerNode.map { graph.nodes[$0].name.description })
    writer.number("readers", dataset?.readers.count ?? 0)
    writer.text("partition", writerNode.flatMap { graph.pipelines[graph.nodes[$0].pipeline].grain?.rawValue })
    writer.number("columns", dataset?.columns.count ?? 0)
    writer.text("latest", latest.flatMap { $0.key.isEmpty ? nil : $0.key })
    writer.moment("changed_at", latest?.changedAt)
    writer.flag("stale", isStale)
  }

  /// The dataset of the path, which is declared.
  private func declaredDataset() throws -> MeshGraph.Dataset {
    let name = try dataset()
    guard let found = declared.graph.datasets[name] else {
      throw Problem.notFound("there is no dataset '\(name)'")
    }
    return found
  }

  fileprivate func showDataset() throws -> Route.Answer {
    let dataset = try declaredDataset()
    let graph = declared.graph
    let latest = try world.reader.latestPartition(of: dataset.name)
    let isStale = try Staleness(declared.project, reader: world.reader).isStale(dataset.name, world.reader)
    let source = declared.domains[dataset.name.domain]?.sources.first { $0.name == dataset.name }
    return json("dataset") { writer in
      write(dataset.name, latest, isStale: isStale, to: &writer)
      writer.text("description", source?.description)
      writer.objects("columns_detail", dataset.columns) { writer, column in
        writer.text("name", column.name)
        writer.text("type", column.type.rawValue)
      }
      let reads = dataset.writer.map { graph.nodes[$0].reads.map(\.dataset.description) } ?? []
      writer.texts("reads", reads)
      writer.texts("read_by", dataset.readers.map { graph.nodes[$0].name.description })
    }
  }

  fileprivate func partitions() throws -> Route.Answer {
    let dataset = try declaredDataset()
    return try read { reader in
      let found = try reader.partitions(
        of: dataset.name, keysFrom: query["from"], to: query["to"], before: query["cursor"], limit: limit + 1)
      let shown = found.prefix(limit)
      var stale: [String: Reason] = [:]
      if let first = shown.last?.key, let last = shown.first?.key {
        try Staleness(declared.project, reader: reader).eachStale(of: dataset.name, keys: (first, last)) {
          stale[$0.key] = $0.reason()
          return true
        }
      }
      return json("partitions") { writer in
        writer.objects("items", shown) { writer, partition in
          writer.text("partition", partition.key.isEmpty ? nil : partition.key)
          writer.text("standing", partition.standing.rawValue)
          writer.number("version", partition.version)
          writer.number("run", partition.run)
          writer.moment("changed_at", partition.changedAt)
          writer.flag("stale", stale[partition.key] != nil)
          writer.text("stale_reason", stale[partition.key]?.text)
          writer.reason(partition.reason)
        }
        writer.text("next", found.count > limit ? shown.last?.key : nil)
      }
    }
  }
}

extension Staleness {
  /// Lists look at so many of the last partitions of a dataset: they cost the same whatever the history.
  private static let looked = 500

  /// Whether any of the last partitions of a dataset is stale.
  fileprivate func isStale(_ dataset: DatasetName, _ reader: StateReader) throws(RecordsError) -> Bool {
    var found = false
    let first = try reader.partitionKey(of: dataset, fromLast: Self.looked) ?? ""
    try eachStale(of: dataset, keys: (first, StateReader.greatestKey)) { _ in
      found = true
      return false
    }
    return found
  }
}
