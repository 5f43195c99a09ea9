import Basics
import Declarations
import Diagnostics
import MeshModel

/// Tasks that wait for data or for runs of other pipelines.
extension GraphDraft {
  /// Says which waits are for datasets that do not exist.
  mutating func checkFreshness() {
    for node in graph.nodes.indices {
      guard case .wait(let wait) = graph.declaration(of: node).kind,
        case .fresh(let dataset, _) = wait.condition, graph.datasets[dataset.value]?.writer == nil
      else { continue }
      guard graph.datasets[dataset.value] == nil else {
        report(
          "unwritten-dataset", "'\(dataset.value)' comes from outside, so nobody knows how old it is",
          at: dataset.position, length: dataset.value.description.count,
          help: "wait for a file, a web address or a row instead")
        continue
      }
      reportUnknown(dataset.value, by: node, at: dataset.position)
    }
  }

  /// Says which tasks make runs of pipelines that do not exist, or not as they ask.
  mutating func checkTriggerTasks() {
    for node in graph.nodes.indices {
      guard case .trigger(let trigger) = graph.declaration(of: node).kind else { continue }
      guard let target = graph.index(of: trigger.pipeline.value) else {
        reportUnknown(trigger.pipeline)
        continue
      }
      check(trigger, of: node, target: graph.pipelines[target])
    }
  }

  private mutating func reportUnknown(_ pipeline: Located<PipelineName>) {
    guard !unknownWriters.contains(pipeline.value.domain) else { return }
    let near = EditDistance.nearest(
      to: pipeline.value.description, among: graph.pipelines.map(\.name.description))
    report(
      "unknown-pipeline", "there is no pipeline '\(pipeline.value)'", at: pipeline.position,
      help: DidYouMean.text(near.map { [$0] } ?? []) ?? "'heddle graph' shows what there is")
  }

  private mutating func check(_ trigger: TriggerTask, of node: Int, target: Pipeline) {
    let own = graph.pipelines[graph.nodes[node].pipeline]
    let position = trigger.pipeline.position
    if target.grain == nil, trigger.partition != nil {
      report(
        "trigger-partition", "'\(target.name)' has no partitions, so none can be chosen", at: position,
        help: "leave 'partition' out")
    } else if let grain = target.grain, trigger.partition == nil {
      if own.grain == nil || own.grain.map({ grain < $0 }) ?? false {
        report(
          "trigger-partition",
          "which partition of '\(target.name)' is made is not clear: it is \(grain.rawValue), and "
            + (own.grain.map { "'\(own.name)' is \($0.rawValue)" } ?? "'\(own.name)' has no partitions"),
          at: position, help: "say which: 'trigger: {pipeline: \(target.name), partition: {sql: ...}}'")
      }
    }
    for param in trigger.params {
      guard let declared = target.params.first(where: { $0.name == param.name }) else {
        let near = EditDistance.nearest(to: param.name, among: target.params.map(\.name))
        report(
          "unknown-param", "'\(target.name)' has no param '\(param.name)'", at: position,
          help: DidYouMean.text(near.map { [$0] } ?? []))
        continue
      }
      if case .literal(let value) = param.value,
        case .failure(let mistake) = declared.value(parsing: value.text)
      {
        report("param-value", "param \(mistake.message)", at: position)
      }
    }
    for declared in target.params
    where declared.defaultValue == nil && !trigger.params.contains(where: { $0.name == declared.name }) {
      report(
        "param-value", "param '\(declared.name)' of '\(target.name)' needs a value", at: position,
        help: "give it: 'trigger: {pipeline: \(target.name), params: {\(declared.name): ...}}'")
    }
  }
}
