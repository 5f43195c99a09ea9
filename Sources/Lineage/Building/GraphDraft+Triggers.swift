import Basics
import Diagnostics
import MeshModel

extension GraphDraft {
  /// Says which pipelines could never be due by data, or would make each other due without end.
  mutating func checkTriggers() {
    for place in graph.pipelines.indices {
      guard let trigger = graph.pipelines[place].dataTrigger else { continue }
      for name in trigger.named { check(name, of: place) }
      if trigger.named.isEmpty { checkInputs(of: place, trigger) }
    }
    reportTriggerCycles()
  }

  private mutating func check(_ name: Located<DatasetName>, of pipeline: Int) {
    let length = name.value.description.count
    guard let dataset = graph.datasets[name.value] else {
      guard let node = graph.nodes(of: pipeline).first else { return }
      return reportUnknown(name.value, by: node, at: name.position, length: length)
    }
    guard let writer = dataset.writer else {
      return report(
        "trigger-without-data",
        "no task writes '\(name.value)', so nobody notices when it comes", at: name.position, length: length,
        notes: [.init("it is listed as a source here", at: dataset.position)],
        help: "give the pipeline a cron, or let a task load the source, and name what that writes")
    }
    guard graph.nodes[writer].pipeline == pipeline else { return }
    report(
      "trigger-without-data", "'\(name.value)' is made by this pipeline itself", at: name.position,
      length: length, help: "name datasets of other pipelines, or give this one a cron")
  }

  private mutating func checkInputs(of place: Int, _ trigger: DataTrigger) {
    let nodes = graph.nodes(of: place)
    let isCertain = nodes.allSatisfy { !uncertain.contains($0) && graph.unknownInputs[$0] == nil }
    guard isCertain, graph.triggerInputs(of: place).isEmpty else { return }
    let readsByAge = nodes.contains { graph.nodes[$0].reads.contains { $0.terms.freshness != nil } }
    report(
      "trigger-without-data", "no task reads what another pipeline writes, so no input makes this one due",
      at: trigger.position,
      help: readsByAge
        ? "what is read by 'freshness' makes nothing due: name datasets with 'on: [domain.dataset]'"
        : "name datasets with 'on: [domain.dataset]', or give it a cron")
  }

  /// From the pipeline that writes to the one that it makes due.
  private struct Trigger {
    var from: Int
    var to: Int
    var dataset: DatasetName
  }

  private mutating func reportTriggerCycles() {
    var triggers: [Trigger] = []
    for place in graph.pipelines.indices {
      for input in graph.triggerInputs(of: place) {
        let from = graph.nodes[input.writer].pipeline
        // Only what data makes due can go on for ever.
        guard graph.pipelines[from].dataTrigger != nil else { continue }
        triggers.append(Trigger(from: from, to: place, dataset: input.dataset))
      }
    }
    let pipelines = DirectedGraph(
      nodeCount: graph.pipelines.count, edges: triggers.map { (from: $0.from, to: $0.to) })
    guard pipelines.topologicalOrder() == nil else { return }
    for cycle in pipelines.shortestCycles() { report(cycle: cycle.map { triggers[$0] }) }
  }

  private mutating func report(cycle: [Trigger]) {
    guard let start = cycle.indices.min(by: { cycle[$0].from < cycle[$1].from }) else { return }
    let walk = Array(cycle[start...] + cycle[..<start])
    let names = (walk + [walk[0]]).map { graph.pipelines[$0.from].name.description }
    let notes = walk.compactMap { step in
      graph.pipelines[step.to].dataTrigger.map { trigger in
        Diagnostic.Note(
          "'\(graph.pipelines[step.to].name)' is due by '\(step.dataset)', which "
            + "'\(graph.pipelines[step.from].name)' writes",
          at: trigger.named.first { $0.value == step.dataset }?.position ?? trigger.position)
      }
    }
    report(
      "trigger-cycle", "pipelines make each other due in a circle: \(names.joined(separator: " -> "))",
      at: notes.first?.position ?? graph.pipelines[walk[0].to].position, notes: notes,
      help: "give one of them a cron, or let it be due by fewer datasets: 'on: [domain.dataset]'")
  }
}
