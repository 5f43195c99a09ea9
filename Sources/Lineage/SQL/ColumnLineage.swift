import Access
import MeshModel

extension LineageBuilder {
  /// For each column that SQL writes, the columns it is made of, sorted.
  ///
  /// It is exactly one where the column plainly is another; those that its expression names where the SELECT
  /// is a plain one; else all columns that the statement reads. So what is told may be more than the truth,
  /// never less. Conditions (WHERE, ON, GROUP BY) are no part of it where the expression is known.
  ///
  /// All SQL that writes is compiled once more, so this is a call of its own, for who asks for columns.
  public static func columnSources(
    of graph: MeshGraph
  ) -> [MeshGraph.ColumnReference: [MeshGraph.ColumnReference]] {
    var search = ColumnSearch(graph)
    search.run()
    return search.sources.mapValues { $0.sorted() }
  }
}

/// Goes through the SQL that writes, first whole, then the SELECTs inside of statements.
private struct ColumnSearch {
  private struct Text {
    var node: Int
    var sql: String
  }
  /// A SELECT and the columns that its result goes into, in order.
  private struct Filling {
    var node: Int
    var select: String
    var dataset: DatasetName
    var columns: [String]
    /// What to say if the SELECT alone cannot be understood.
    var reads: Set<MeshGraph.ColumnReference>
  }

  let graph: MeshGraph
  var sources: [MeshGraph.ColumnReference: Set<MeshGraph.ColumnReference>] = [:]
  private let domains: Set<String>
  private let own: [String: Set<String>]
  private let crew = CompileCrew()

  init(_ graph: MeshGraph) {
    self.graph = graph
    domains = Set(graph.owners.keys)
    own = Dictionary(grouping: graph.datasets.keys, by: \.domain).mapValues { Set($0.map(\.name)) }
  }

  mutating func run() {
    var texts: [Text] = []
    for node in graph.nodes.indices where graph.nodes[node].writesStore {
      guard case .sql(let sql) = graph.declaration(of: node).kind else { continue }
      texts.append(Text(node: node, sql: sql.text.text))
    }
    var fillings: [Filling] = []
    for (text, answer) in zip(texts, crew.compile(texts.map { job($0.node, $0.sql, whole: true) })) {
      guard case .success(let footprints) = answer else { continue }
      guard case .sql(let sql) = graph.declaration(of: text.node).kind else { continue }
      if let into = sql.into, let footprint = footprints.first {
        let filling = Filling(
          node: text.node, select: text.sql, dataset: into.dataset,
          columns: footprint.resultColumns.map(\.name), reads: columns(of: footprint))
        enter(footprint, filling)
      } else {
        for footprint in footprints { fillings += enter(footprint, of: text) }
      }
    }
    for (filling, answer) in zip(
      fillings, crew.compile(fillings.map { job($0.node, $0.select, whole: false) }))
    {
      if case .success(let footprints) = answer, footprints.count == 1,
        footprints[0].resultColumns.count == filling.columns.count
      {
        enter(footprints[0], filling)
      } else {
        for column in filling.columns { enter(column, of: filling.dataset, filling.reads) }
      }
    }
  }

  /// - Parameter whole: it is all that the task does, so that it finds none of the tables that it creates.
  private func job(_ node: Int, _ sql: String, whole: Bool) -> CompileJob {
    let domain = graph.nodes[node].name.pipeline.domain
    let mentions = SQLMentions(sql, domain: domain, own: own[domain] ?? [], domains: domains)
    let datasets = mentions.datasets.compactMap { mention -> (name: DatasetName, columns: [Column])? in
      if whole, mentions.created.contains(where: { $0.name == mention.name }) { return nil }
      guard let columns = graph.datasets[mention.name]?.columns, !columns.isEmpty else { return nil }
      return (mention.name, columns)
    }
    return CompileJob(domain: domain, script: sql, datasets: datasets)
  }

  private func columns(of footprint: StatementFootprint) -> Set<MeshGraph.ColumnReference> {
    var columns: Set<MeshGraph.ColumnReference> = []
    for read in footprint.reads where graph.datasets[read.dataset] != nil {
      for column in read.columns { columns.insert(.init(dataset: read.dataset, column: column)) }
    }
    return columns
  }

  private mutating func enter(
    _ column: String, of dataset: DatasetName, _ columns: Set<MeshGraph.ColumnReference>
  ) {
    sources[.init(dataset: dataset, column: column), default: []].formUnion(columns)
  }

  /// Enters what a SELECT tells of the columns that it fills.
  private mutating func enter(_ footprint: StatementFootprint, _ filling: Filling) {
    let reads = columns(of: footprint)
    let words = SelectOutline(filling.select)?.words
    for (place, result) in footprint.resultColumns.enumerated() where place < filling.columns.count {
      var made = reads
      if let origin = result.origin, graph.datasets[origin.dataset] != nil {
        made = [.init(dataset: origin.dataset, column: origin.column)]
      } else if let words, words.count == footprint.resultColumns.count {
        made = reads.filter { words[place].contains($0.column.lowercased()) }
      }
      enter(filling.columns[place], of: filling.dataset, made)
    }
  }

  /// Enters what a statement of a script tells, or leaves its SELECT to be compiled by itself.
  private mutating func enter(_ footprint: StatementFootprint, of text: Text) -> [Filling] {
    var fillings: [Filling] = []
    let reads = columns(of: footprint)
    for write in footprint.writes {
      guard let dataset = graph.datasets[write.dataset] else { continue }
      switch write.operation {
      case .update:
        for column in write.columns ?? dataset.columns.map(\.name) { enter(column, of: write.dataset, reads) }
      case .insert, .create:
        let bytes = Array(text.sql.utf8)
        let statement = String(decoding: bytes[footprint.bytes.clamped(to: 0..<bytes.count)], as: UTF8.self)
        guard let outline = FillOutline(statement) else {
          if write.operation == .insert {
            for column in dataset.columns { enter(column.name, of: write.dataset, reads) }
          }
          continue
        }
        let named = outline.columns.map { names in
          names.map { name in dataset.columns.first { $0.name.lowercased() == name }?.name ?? name }
        }
        fillings.append(
          Filling(
            node: text.node, select: outline.select, dataset: write.dataset,
            columns: named ?? dataset.columns.map(\.name), reads: reads))
      case .alter, .drop, .delete: break
      }
    }
    return fillings
  }
}
