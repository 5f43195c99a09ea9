import Basics
import Lineage
import MeshModel
import Planning

/// What somebody saw of a backfill's plan: it is done as it was shown, or not at all.
package struct ShownPlan: Hashable, Sendable {
  /// Tells the project's files, and whatever else it was planned by, from others.
  let files: String
  /// A line for each run that it makes.
  let items: [String]
  /// Tells apart what comes of a request: what is made, what stays, and what is left out, such as partitions
  /// that live runs make already.
  let outcome: String

  init(files: String, items: [String], outcome: String) {
    self.files = files
    self.items = items
    self.outcome = outcome
  }

  /// - Parameters:
  ///   - graph: the one that was planned with.
  ///   - files: tells what else it was planned by from others.
  package init(_ plan: BackfillPlan, in graph: MeshGraph, files: String) {
    self.files = files
    items = plan.items.map { item in
      let tasks = graph.pipelines[item.pipelineIndex].tasks
      let names = item.tasks.map { tasks[$0].name }.joined(separator: ",")
      let partition = item.partition.map { "@\($0.key)" } ?? ""
      return "\(item.pipeline)\(partition): \(item.replacesGood ? "replaces" : "makes") \(names)"
    }
    var sum = SHA256()
    sum.update("\(plan.digest(in: graph))\n")
    for one in plan.stays { sum.update("\(one.pipeline)@\(one.partition ?? "") \(one.isGood)\n") }
    for omission in plan.omissions {
      let place = "\(omission.pipeline).\(omission.task ?? "")@\(omission.partition ?? "")"
      sum.update("\(place) \(omission.reason.code)\n")
    }
    outcome = sum.hexadecimal
  }

  /// How the same request, planned now, differs from this, a line each; none: it does not.
  package func differences(from now: ShownPlan) -> [String] {
    var lines: [String] = []
    if files != now.files { lines.append("the project's files are not as they were") }
    let (before, after) = (Set(items), Set(now.items))
    lines += items.filter { !after.contains($0) }.map { "- \($0)" }
    lines += now.items.filter { !before.contains($0) }.map { "+ \($0)" }
    if lines.isEmpty, outcome != now.outcome {
      lines.append("what is left out, or stays, is not what it was")
    }
    return lines
  }
}
