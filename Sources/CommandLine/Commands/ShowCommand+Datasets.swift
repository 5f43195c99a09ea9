import Basics
import Lineage
import MeshModel
import Orchestration
import Records

extension ShowCommand {
  /// How many partitions of a dataset are listed; the latest.
  private static let mostPartitions = 14

  /// Shows a dataset: who writes and reads it, its columns, its latest partitions.
  func showDataset(_ name: DatasetName, _ world: World) throws(CommandFailure) -> ExitCode {
    let declared = world.declared()
    let graph = declared.graph
    let dataset = try find(name, in: graph)
    let context = world.context
    var partitions: [DatasetPartition] = []
    var stale: [String: StaleView.Item] = [:]
    if let reader = try world.record() {
      (partitions, stale) = try context.reading(reader) { reader in
        let nodes = dataset.writer.map { [$0] } ?? []
        let view = try StaleView(nodes, of: declared, reader, world.project.state)
        let items = view.items.filter { $0.partition.dataset == name }.map { ($0.partition.key, $0) }
        return (try reader.partitions(of: name), Dictionary(uniqueKeysWithValues: items))
      }
    }
    let writer = dataset.writer.map { graph.nodes[$0].name.description }
    let readers = dataset.readers.map { graph.nodes[$0].name.description }
    if context.settings.json {
      context.json("show") { json in
        json.key("kind")
        json.string("dataset")
        json.key("dataset")
        json.object { json in
          json.key("name")
          json.string(name.description)
          json.key("writer")
          json.string(writer)
          json.key("readers")
          json.array { json in for reader in readers { json.string(reader) } }
          json.key("columns")
          json.array { json in for column in dataset.columns { column.write(to: &json) } }
          json.key("partitions")
          json.array { json in
            for partition in partitions { partition.write(to: &json, stale[partition.key]) }
          }
        }
      }
      return declared.verdict(context)
    }
    var facts = FactList()
    facts.add("dataset", name.description)
    facts.add("declared", "\(dataset.position)")
    facts.add("written by", writer ?? "outside")
    facts.add("read by", readers)
    facts.add("columns", dataset.columns.map { "\($0.name) \($0.type.rawValue)" })
    let covered = partitions.count(where: \.isCovered)
    facts.add(
      "partitions",
      partitions.isEmpty
        ? nil : "\(Counted.grouped(covered)) of \(Counted.grouped(partitions.count)) are there")
    if !stale.isEmpty { facts.add("stale", Counted.text(stale.count, "partition")) }
    facts.write(to: context.out)
    guard !partitions.isEmpty else { return declared.verdict(context) }
    context.out.line()
    var table = Table(["PARTITION", "STANDING", "VERSION", "RUN", "CHANGED", "WHY"])
    for partition in partitions.suffix(ShowCommand.mostPartitions) {
      let why = stale[partition.key].map { "stale: " + $0.partition.reason(files: $0.files).text }
      table.add(
        .text(partition.key.isEmpty ? "-" : partition.key), .text(partition.standing.rawValue),
        .number(partition.version.map { String($0) } ?? "-"),
        .number(partition.run.map { String($0) } ?? "-"),
        .text(partition.changedAt.text), .text(why ?? partition.reason?.text ?? ""))
    }
    table.write(to: context.out)
    let earlier = partitions.count - ShowCommand.mostPartitions
    if earlier > 0 { context.remark("and \(Counted.text(earlier, "earlier one"))") }
    return declared.verdict(context)
  }

  /// Shows a partition of a dataset and its versions.
  func showPartition(_ name: DatasetName, _ key: String, _ world: World) throws(CommandFailure) -> ExitCode {
    let declared = world.declared()
    _ = try find(name, in: declared.graph)
    let context = world.context
    guard let reader = try world.record() else { throw world.noRuns("partition '\(name)@\(key)'") }
    let found = try context.reading(reader) { reader in
      try reader.partition(of: name, key: key).map {
        let staleness = Staleness(declared, reader: reader, state: world.project.state)
        let stale = try staleness.partition(of: name, key: key).map {
          StaleView.Item(partition: $0, files: try staleness.changedFiles($0))
        }
        return ($0, try reader.materializations(of: name, partition: key), stale)
      }
    }
    guard let (partition, versions, stale) = found else {
      throw .notFound("'\(name)@\(key)' was never made", help: "see those that were: heddle show \(name)")
    }
    if context.settings.json {
      context.json("show") { writer in
        writer.key("kind")
        writer.string("partition")
        writer.key("partition")
        partition.write(to: &writer, stale)
        writer.key("versions")
        writer.array { writer in for version in versions { version.write(to: &writer) } }
      }
      return declared.verdict(context)
    }
    var facts = FactList()
    facts.add("dataset", name.description)
    facts.add("partition", partition.key)
    facts.add("standing", partition.standing.rawValue)
    facts.add("stale", stale.map { $0.partition.reason(files: $0.files).text })
    facts.add("why", partition.reason?.text)
    facts.add("changed", partition.changedAt.text)
    facts.write(to: context.out)
    guard !versions.isEmpty else { return declared.verdict(context) }
    context.out.line()
    var table = Table(["VERSION", "RUN", "ROWS", "MADE", "OF"])
    for version in versions {
      let inputs = version.inputs.map {
        "\($0.dataset)\($0.partition.isEmpty ? "" : "@\($0.partition)") \($0.version)"
      }
      table.add(
        .number(version.id), .number(version.attempt.map { String($0.instance.run) } ?? "-"),
        .number(version.rows.map { Counted.grouped(Int(clamping: $0)) } ?? "-"), .text(version.at.text),
        .text(inputs.joined(separator: ", ")))
    }
    table.write(to: context.out)
    return declared.verdict(context)
  }

  private func find(_ name: DatasetName, in graph: MeshGraph) throws(CommandFailure) -> MeshGraph.Dataset {
    if let dataset = graph.datasets[name] { return dataset }
    let known = graph.datasets.keys.sorted().map(\.description)
    throw .notFound("there is no dataset '\(name)'", help: suggestion(name.description, known))
  }
}

extension Column {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("name")
      writer.string(name)
      writer.key("type")
      writer.string(type.rawValue)
    }
  }
}

extension DatasetPartition {
  fileprivate func write(to writer: inout JSONWriter, _ stale: StaleView.Item?) {
    writer.object { writer in
      writer.key("partition")
      writer.string(key.isEmpty ? nil : key)
      writer.key("standing")
      writer.string(standing.rawValue)
      writer.key("version")
      writer.integer(version)
      writer.key("run")
      writer.integer(run)
      writer.moment("changed_at", changedAt)
      writer.reason(reason)
      writer.key("stale")
      if let stale { writer.object { stale.write(to: &$0) } } else { writer.null() }
    }
  }
}
