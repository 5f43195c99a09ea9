import Diagnostics
import MeshModel

extension GraphDraft {
  /// Says which pipelines could never be due by data.
  mutating func checkTriggers() {
    for place in graph.pipelines.indices {
      guard let trigger = graph.pipelines[place].dataTrigger else { continue }
      for name in trigger.named { check(name, of: place) }
      if trigger.named.isEmpty { checkInputs(of: place, trigger) }
    }
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
}
