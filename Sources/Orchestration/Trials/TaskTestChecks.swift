import Basics
import Diagnostics
import Lineage
import MeshModel

/// Holds tests against the graph: what a test of this task can give and expect.
public struct TaskTestChecks {
  let graph: MeshGraph

  /// What the codes mean that no other room has.
  public static let explanations: [DiagnosticExplanation] = [
    .init(
      "untestable",
      "A test carries a task out in stores that are thrown away. A command may do anything to anybody, so it "
        + "is never begun by a test."
    )
  ]

  /// What is wrong with one of them.
  func mistakes(_ test: TaskTest) -> [Diagnostic] {
    guard let place = graph.index(of: test.task.pipeline),
      let task = graph.pipelines[place].tasks.firstIndex(where: { $0.name == test.task.task })
    else { return [] }
    let (pipeline, node) = (graph.pipelines[place], graph.nodes[graph.firstNode[place] + task])
    let declaration = pipeline.tasks[task]
    guard declaration.kind.isWithinStore else {
      return [
        Diagnostic(
          code: "untestable", "'\(test.task)' is a command, and tests are of SQL and of loads of files",
          at: test.position, help: "test what its data goes through afterwards")
      ]
    }
    var found: [Diagnostic] = []
    func need(_ key: String, _ isNeeded: Bool, _ isThere: Bool) {
      guard isNeeded != isThere else { return }
      found.append(
        Diagnostic(
          code: isNeeded ? "missing-key" : "conflicting-keys",
          isNeeded
            ? "'\(test.task)' needs '\(key)'" : "'\(test.task)' has no '\(key)', so none can be given",
          at: test.position))
    }
    need("partition", pipeline.grain != nil, test.partition != nil)
    need("each", declaration.each != nil, test.each != nil)
    let reads = Set(node.reads.map(\.dataset)), writes = Set(node.writes)
    for rows in test.given {
      found += mistakes(rows, among: reads.union(writes), "'\(test.task)' neither reads nor writes")
    }
    for rows in test.expected { found += mistakes(rows, among: writes, "'\(test.task)' does not write") }
    return found
  }

  private func mistakes(
    _ rows: TaskTest.Rows, among known: Set<DatasetName>, _ words: String
  ) -> [Diagnostic] {
    let name = rows.dataset.value.description
    guard known.contains(rows.dataset.value) else {
      let near = EditDistance.nearest(to: name, among: known.map(\.description).sorted())
      return [
        Diagnostic(
          code: "unknown-dataset", "\(words) '\(name)'", at: rows.dataset.position,
          length: name.utf8.count, help: near.map { "did you mean '\($0)'?" })
      ]
    }
    let columns = graph.datasets[rows.dataset.value]?.columns.map(\.name) ?? []
    guard !columns.isEmpty else { return [] }
    let names = Set(columns.map { $0.lowercased() })
    return rows.columns.filter { !names.contains($0.value.lowercased()) }.map { column in
      let near = EditDistance.nearest(to: column.value, among: columns)
      return Diagnostic(
        code: "unknown-column", "'\(name)' has no column '\(column.value)'", at: column.position,
        length: column.value.utf8.count,
        help: near.map { "did you mean '\($0)'?" } ?? "it has " + columns.joined(separator: ", "))
    }
  }
}
