import Basics
import Lineage
import MeshModel
import Planning

extension BackfillPlan {
  /// Tells plans apart: SHA-256 over what would be made, in its order, and what that replaces. Why it would
  /// be made, and what is left out, makes no difference.
  ///
  /// - Parameter graph: the one that was planned with.
  public func digest(in graph: MeshGraph) -> String {
    var sum = SHA256()
    for item in items {
      let tasks = graph.pipelines[item.pipelineIndex].tasks
      sum.update(
        "\(item.pipeline)@\(item.partition?.key ?? "") \(item.replacesGood ? "replaces" : "makes")\n")
      for task in item.tasks { sum.update("run \(tasks[task].name)\n") }
      for task in item.kept { sum.update("keep \(tasks[task].name)\n") }
    }
    return sum.hexadecimal
  }

  /// Refuses to be made where it is not the plan that somebody saw.
  package func requireSame(as digest: String, in graph: MeshGraph) throws(SessionError) {
    guard self.digest(in: graph) == digest else {
      throw SessionError(
        .conflict, "the plan is stale: the state has changed since it was made",
        help: "run the command again to see the new plan")
    }
  }
}
