import Access
import Basics
import Diagnostics
import MeshModel

extension SQLCompilation {
  /// The dataset that an error says is not there.
  func missing(_ error: AccessError, in number: Int) -> DatasetName? {
    switch error.kind {
    case .missingDataset(let dataset): return dataset
    case .missingTable(let domain, let name):
      let own = draft.graph.nodes[units[number].node].name.pipeline.domain
      return DatasetName(domain: domain?.lowercased() ?? own, name: name.lowercased())
    default: return nil
    }
  }

  /// Says why a unit could not be compiled, unless the mistake lies elsewhere and is told there.
  mutating func report(_ error: AccessError, in number: Int) {
    if let dataset = missing(error, in: number) { return report(missing: dataset, error, in: number) }
    switch error.kind {
    case .missingColumn(let name): report(column: name, error, in: number)
    case .syntax: reportPlain("sql-syntax", error, in: number)
    case .forbidden: reportPlain("forbidden-sql", error, in: number)
    case .tooManyDomains:
      reportPlain("too-many-domains", error, in: number, help: "make it several tasks, each of fewer domains")
    default: reportPlain("sql", error, in: number)
    }
  }

  private mutating func reportPlain(_ code: String, _ error: AccessError, in number: Int, help: String? = nil)
  {
    draft.report(
      code, error.message, at: units[number].position(atByte: error.offset),
      length: units[number].length(atByte: error.offset), help: help)
  }

  private mutating func report(missing dataset: DatasetName, _ error: AccessError, in number: Int) {
    let unit = units[number]
    let mention = unit.mentions.place(of: dataset)
    let position =
      mention.map { unit.text.position(atByte: $0.offset) } ?? unit.position(atByte: error.offset)
    let length = unit.text.laterLinesColumn == nil ? 1 : mention?.length ?? unit.length(atByte: error.offset)
    if let provider = providers[dataset] {
      // Its own writer, or one that waits for this: told with the circle. One that failed has said why.
      guard provider == number else { return }
      draft.report(
        "unknown-columns", "'\(dataset)' is read by the very SQL that tells its columns", at: position,
        length: length,
        help: "let statements without 'into' create it first (CREATE TABLE IF NOT EXISTS), then write it")
      return
    }
    if let known = draft.graph.datasets[dataset] {
      let isSource = known.writer == nil
      draft.report(
        "unknown-columns", "nothing tells the columns of '\(dataset)', which this SQL names", at: position,
        length: length, notes: [.init(isSource ? "listed here" : "written here", at: known.position)],
        help: "say 'columns: {name: type}' \(isSource ? "where it is listed" : "in the task that writes it")")
      return
    }
    let own = draft.graph.nodes[unit.node].name.pipeline.domain
    if mention == nil, dataset.domain == own {
      let name = dataset.name
      let others = draft.graph.datasets.keys.filter { $0.name == name }.map(\.description).sorted()
      let near = NearestNames.find(name, among: draft.names(in: own))
      draft.report(
        "unknown-dataset", "'\(name)' is no dataset of '\(own)'", at: position, length: length,
        help: DidYouMean.text(others + near)
          ?? "name datasets with their domain; common tables need a WITH, new ones a CREATE TABLE")
      return
    }
    draft.reportUnknown(dataset, by: unit.node, at: position, length: length)
  }

  private mutating func report(column name: String, _ error: AccessError, in number: Int) {
    let unit = units[number]
    var known: Set<String> = []
    for mention in unit.mentions.datasets {
      for column in draft.graph.datasets[mention.name]?.columns ?? [] { known.insert(column.name) }
    }
    let plain = name.split(separator: ".").last.map(String.init) ?? name
    let meant = EditDistance.nearest(to: plain, among: known.sorted())
    draft.report(
      "unknown-column", "there is no column '\(name)'", at: unit.position(atByte: error.offset),
      length: unit.length(atByte: error.offset), help: DidYouMean.text(meant.map { [$0] } ?? []))
  }

  /// Says which texts wait for each other's columns, where no cycle of tasks says so.
  mutating func reportCircular() {
    for number in units.indices where stages[number] == .waiting {
      draft.uncertain.insert(units[number].node)
    }
    var told = [Bool](repeating: false, count: units.count)
    for start in units.indices where stages[start] == .waiting && !told[start] {
      var walk: [(unit: Int, needs: DatasetName)] = []
      var current = start
      while !told[current], let need = needs[current], let provider = providers[need] {
        told[current] = true
        walk.append((current, need))
        current = provider
      }
      guard let first = walk.firstIndex(where: { $0.unit == current }) else { continue }
      let circle = walk[first...]
      // Where every read orders the tasks too, they wait for each other, and that is told.
      guard circle.contains(where: { reachesBack($0.unit, $0.needs) }) else { continue }
      let notes = circle.map { unit, need in
        Diagnostic.Note(
          "'\(draft.graph.nodes[units[unit].node].name)' needs '\(need)'", at: units[unit].position(of: need))
      }
      draft.report(
        "circular-columns", "the columns of '\(circle[first].needs)' follow from themselves",
        at: units[circle[first].unit].position(of: circle[first].needs), notes: notes,
        help: "let one of the tasks create its table (CREATE TABLE IF NOT EXISTS) before it writes it")
    }
  }

  private func reachesBack(_ number: Int, _ dataset: DatasetName) -> Bool {
    draft.graph.declaration(of: units[number].node).reads.contains { $0.dataset == dataset && $0.offset < 0 }
  }
}
