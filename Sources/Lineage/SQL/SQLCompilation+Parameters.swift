import Basics
import Diagnostics
import MeshModel

extension SQLCompilation {
  /// Says where SQL names a bound value that does not exist, or the output of a task that does not come
  /// before.
  ///
  /// Called once the edges are there, since they tell which tasks come before which.
  func checkParameters(_ draft: inout GraphDraft) {
    var upstream: [Int: Set<String>] = [:]
    for edge in draft.graph.edges where !edge.reachesBack {
      let from = draft.graph.nodes[edge.from]
      guard from.pipeline == draft.graph.nodes[edge.to].pipeline else { continue }
      upstream[edge.to, default: []].insert(from.name.task)
    }
    for unit in units {
      for parameter in unit.mentions.parameters {
        check(parameter, of: unit, upstream: upstream[unit.node] ?? [], &draft)
      }
    }
  }

  private func check(
    _ parameter: SQLMentions.Parameter, of unit: SQLUnit, upstream: Set<String>, _ draft: inout GraphDraft
  ) {
    let position = unit.text.position(atByte: parameter.offset)
    let length = unit.text.laterLinesColumn == nil ? 1 : parameter.text.unicodeScalars.count
    guard parameter.text.hasPrefix(":") else {
      draft.report(
        "unknown-parameter", "'\(parameter.text)' is no name of a value", at: position, length: length,
        help: "values are bound by name, such as ':partition'")
      return
    }
    let name = String(parameter.text.dropFirst())
    let task = draft.graph.declaration(of: unit.node)
    let pipeline = draft.graph.pipelines[draft.graph.nodes[unit.node].pipeline]
    if name == BuiltInValue.each.rawValue, task.each == nil || unit.role.isEach {
      draft.report(
        "unknown-parameter",
        unit.role.isEach
          ? "':each' is what this SELECT is about to tell" : "':each' has a value only in tasks with 'each'",
        at: position, length: length)
      return
    }
    if BuiltInValue(rawValue: name) != nil || pipeline.params.contains(where: { $0.name == name })
      || draft.mesh.values[name] != nil || upstream.contains(name)
    {
      return
    }
    if pipeline.tasks.contains(where: { $0.name == name }) {
      draft.report(
        "not-upstream", "':\(name)' is the output of a task that need not come before '\(task.name)'",
        at: position, length: length,
        help: name == task.name ? "a task cannot read its own output" : "say 'after: [\(name)]'")
      return
    }
    let known =
      BuiltInValue.allCases.map(\.rawValue) + pipeline.params.map(\.name) + draft.mesh.values.keys.sorted()
      + upstream.sorted()
    let near = EditDistance.nearest(to: name, among: known).map { ":" + $0 }
    draft.report(
      "unknown-parameter", "there is no value ':\(name)'", at: position, length: length,
      help: DidYouMean.text(near.map { [$0] } ?? [])
        ?? "there are the run's own (:partition, :run ...), the pipeline's 'params', the mesh's 'values' "
        + "and the outputs of tasks that come before")
  }
}

extension SQLUnit.Role {
  var isEach: Bool { if case .each = self { true } else { false } }
}
