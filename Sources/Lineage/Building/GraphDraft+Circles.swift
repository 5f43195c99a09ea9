import Basics
import Diagnostics
import MeshModel

/// Pipelines of which one run leads to the next without end.
extension GraphDraft {
  /// How a run of one pipeline makes one of another: by a task, or by data.
  private enum Cause {
    case task(Int, TriggerTask)
    case data(DatasetName, writer: Int, DataTrigger)
  }

  private struct Step {
    var from: Int
    var to: Int
    var cause: Cause
  }

  /// Says which pipelines make each other run in a circle, by tasks that trigger them, by data that makes
  /// them due, or by both in turn: one shortest circle for each knot of them.
  mutating func reportCircles() {
    let steps = triggeringSteps() + dueSteps()
    guard !steps.isEmpty else { return }
    let pipelines = DirectedGraph(
      nodeCount: graph.pipelines.count, edges: steps.map { (from: $0.from, to: $0.to) })
    guard pipelines.topologicalOrder() == nil else { return }
    for circle in pipelines.shortestCycles() { report(circle: circle.map { steps[$0] }) }
  }

  private func triggeringSteps() -> [Step] {
    graph.nodes.indices.compactMap { node in
      guard case .trigger(let trigger) = graph.declaration(of: node).kind,
        let target = graph.index(of: trigger.pipeline.value)
      else { return nil }
      return Step(from: graph.nodes[node].pipeline, to: target, cause: .task(node, trigger))
    }
  }

  /// A pipeline that only a clock makes due is at the end of no step, which ends the circles that it is in.
  private func dueSteps() -> [Step] {
    graph.pipelines.indices.flatMap { place in
      guard let trigger = graph.pipelines[place].dataTrigger else { return [Step]() }
      return graph.triggerInputs(of: place).map { input in
        Step(
          from: graph.nodes[input.writer].pipeline, to: place,
          cause: .data(input.dataset, writer: input.writer, trigger))
      }
    }
  }

  private mutating func report(circle: [Step]) {
    guard let walk = CircularWalk(circle, from: { $0.from }) else { return }
    let path = walk.path { graph.pipelines[$0.from].name.description }
    let notes = walk.notes(note)
    let first = notes[0].position ?? graph.pipelines[walk.first.from].position
    let byTasks = walk.steps.count { if case .task = $0.cause { true } else { false } }
    let (message, help) =
      switch byTasks {
      case walk.steps.count:
        ("pipelines trigger each other for ever: \(path)", "take one of these tasks away")
      case 0:
        (
          "pipelines make each other due in a circle: \(path)",
          "give one of them a cron, or let it be due by fewer datasets: 'on: [domain.dataset]'"
        )
      default:
        (
          "pipelines trigger each other and make each other due for ever: \(path)",
          "take a task away, give one that data makes due a cron, or let it be due by fewer datasets: "
            + "'on: [domain.dataset]'"
        )
      }
    report("trigger-cycle", message, at: first, notes: notes, help: help)
  }

  private func note(_ step: Step) -> Diagnostic.Note {
    switch step.cause {
    case .task(let node, let trigger):
      return Diagnostic.Note(
        "'\(graph.nodes[node].name)' triggers '\(trigger.pipeline.value)'", at: trigger.pipeline.position)
    case .data(let dataset, let writer, let trigger):
      return Diagnostic.Note(
        "'\(graph.pipelines[step.to].name)' is due by '\(dataset)', which '\(graph.nodes[writer].name)' writes",
        at: trigger.named.first { $0.value == dataset }?.position ?? trigger.position)
    }
  }
}
