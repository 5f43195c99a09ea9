import Access
import Diagnostics
import MeshModel

extension SQLCompilation {
  /// Enters what the statements of a unit read and write; false: they are not what the unit may be.
  mutating func digest(_ footprints: [StatementFootprint], of number: Int) -> Bool {
    let unit = units[number]
    guard let last = footprints.last else {
      draft.report("empty-sql", "there is no statement in this SQL", at: unit.text.position)
      return false
    }
    enter(reads: footprints.flatMap(\.reads), of: unit)
    if case .script = unit.role { return enterWrites(of: footprints, in: number) }
    guard footprints.count == 1 else {
      draft.report(
        "several-statements", "\(unit.role.name) is one SELECT, and this is \(footprints.count) statements",
        at: unit.position(atByte: footprints[1].bytes.lowerBound))
      return false
    }
    guard last.isReadOnly, !last.resultColumns.isEmpty else {
      draft.report(
        "not-a-select", "\(unit.role.name) is a SELECT, and this is none",
        at: unit.position(atByte: last.bytes.lowerBound), length: unit.length(atByte: last.bytes.lowerBound),
        help: unit.role.isInto ? "statements that write by themselves need no 'into'" : nil)
      return false
    }
    switch unit.role {
    case .into(let target): return enter(target, last.resultColumns, of: unit)
    case .when, .wait, .value:
      guard last.resultColumns.count > 1 else { return true }
      draft.report(
        "several-columns", "\(unit.role.name) has one column, and this has \(last.resultColumns.count)",
        at: unit.text.position)
      return false
    case .each, .script: return true
    }
  }

  private mutating func enter(reads: [StatementFootprint.Read], of unit: SQLUnit) {
    let own = draft.graph.nodes[unit.node].name.pipeline.domain
    for read in reads where draft.graph.datasets[read.dataset] != nil || providers[read.dataset] != nil {
      let mention = unit.mentions.place(of: read.dataset)
      if mention == nil, read.dataset.domain != own {
        // SQLite finds an unqualified name in any attached schema; which one would depend on what else is
        // named.
        draft.report(
          "unqualified-dataset", "'\(read.dataset)' is read here without its domain", at: unit.text.position,
          help: "write '\(read.dataset)'")
      }
      let position = mention.map { unit.text.position(atByte: $0.offset) } ?? unit.text.position
      var held = found[unit.node, default: [:]][read.dataset] ?? FoundColumns(columns: [], position: position)
      held.columns?.formUnion(read.columns)
      found[unit.node, default: [:]][read.dataset] = held
    }
  }

  private mutating func enterWrites(of footprints: [StatementFootprint], in number: Int) -> Bool {
    let unit = units[number]
    var shapes: [DatasetName: [Column]] = [:]
    var written: [DatasetName] = []
    for footprint in footprints {
      if !footprint.isReadOnly { draft.graph.nodes[unit.node].writesStore = true }
      written += footprint.writes.map(\.dataset)
      for dataset in footprint.dropped {
        shapes[dataset] = nil
        written.removeAll { $0 == dataset }
      }
      for shape in footprint.shapes { shapes[shape.dataset] = shape.columns }
    }
    var isDone = true
    for dataset in Set(written).union(shapes.keys).sorted() {
      let place = unit.position(of: dataset)
      guard draft.enterWrite(of: dataset, by: unit.node, columns: shapes[dataset] ?? [], at: place) else {
        isDone = false
        continue
      }
    }
    return isDone
  }

  private mutating func enter(
    _ target: Target, _ columns: [StatementFootprint.ResultColumn], of unit: SQLUnit
  ) -> Bool {
    var names: Set<String> = []
    var isDone = true
    for (place, column) in columns.enumerated() {
      if !Self.isPlain(column.name) {
        draft.report(
          "unnamed-column", "column \(place + 1) of the SELECT has no plain name: '\(column.name)'",
          at: unit.text.position, help: "name it with AS")
        isDone = false
      } else if !names.insert(column.name.lowercased()).inserted {
        draft.report(
          "duplicate-column", "the SELECT has two columns '\(column.name)'", at: unit.text.position,
          help: "rename one of them with AS")
        isDone = false
      }
    }
    let known = columns.map { Column(name: $0.name, type: $0.type) }
    if draft.graph.datasets[target.dataset]?.writer == unit.node {
      draft.graph.datasets[target.dataset]?.columns = known
    }
    return draft.check(target, columns: known) && isDone
  }

  /// A letter or underscore, then letters, digits and underscores, of any script.
  private static func isPlain(_ name: String) -> Bool {
    var isFirst = true
    for byte in name.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
        0x80...:
        break
      case UInt8(ascii: "0")...UInt8(ascii: "9") where !isFirst: break
      default: return false
      }
      isFirst = false
    }
    return !isFirst
  }

  /// Makes reads of what the texts of each task read.
  mutating func enterReads() {
    for (number, unit) in units.enumerated() where stages[number] != .compiled {
      // Nothing better is known than the names that stand there; so who depends on whom is told all the same.
      for mention in unit.mentions.datasets where draft.graph.datasets[mention.name] != nil {
        if found[unit.node]?[mention.name] == nil {
          found[unit.node, default: [:]][mention.name] =
            FoundColumns(columns: nil, position: unit.text.position(atByte: mention.offset))
        }
      }
    }
    for node in found.keys.sorted() {
      let task = draft.graph.declaration(of: node)
      for (dataset, columns) in (found[node] ?? [:]).sorted(by: { $0.key < $1.key }) {
        let declared = task.reads.first { $0.dataset == dataset }
        draft.reads.append(
          GraphDraft.FoundRead(
            node: node, dataset: dataset, columns: columns.columns?.sorted(),
            terms: declared ?? ReadDeclaration(dataset: dataset, position: columns.position),
            position: columns.position))
      }
    }
    warnOfIdleReads()
  }

  /// Says where `reads` of a SQL task names what its SQL does not read.
  private mutating func warnOfIdleReads() {
    for node in draft.graph.nodes.indices where !draft.uncertain.contains(node) {
      let task = draft.graph.declaration(of: node)
      guard case .sql = task.kind else { continue }
      for read in task.reads where found[node]?[read.dataset] == nil {
        guard draft.graph.datasets[read.dataset] != nil else {
          draft.reportUnknown(read.dataset, by: node, at: read.position)
          continue
        }
        draft.report(
          "idle-read", "the SQL of '\(draft.graph.nodes[node].name)' does not read '\(read.dataset)'",
          severity: .warning, at: read.position, length: read.dataset.description.count,
          help: "'reads' refines what SQL reads and adds nothing; use 'after' for order without data")
      }
    }
  }
}

extension SQLUnit.Role {
  /// As a sentence begins with it.
  var name: String {
    switch self {
    case .script: "'sql'"
    case .into: "'sql' with 'into'"
    case .when: "'when'"
    case .each: "'each'"
    case .wait: "the 'sql' of 'wait'"
    case .value(let key): "the value of '\(key)'"
    }
  }

  var isInto: Bool { if case .into = self { true } else { false } }
}
