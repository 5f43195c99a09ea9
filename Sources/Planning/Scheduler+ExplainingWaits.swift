import Basics
import MeshModel

/// What keeps tasks that wait without a worker.
extension Scheduler {
  /// Says what an instance of a task waits for, since when and until when; false: none of them waits so.
  func explainWait(_ slot: Int, _ task: Int, _ explanation: inout Explanation) -> Bool {
    guard let run = runs[slot] else { return false }
    let instances = cells[slot][task].instances.indices.map { InstanceID(run: run.id, task: task, index: $0) }
    if instances.contains(where: triggersAsked.contains) {
      explanation.block("wait", "the partition and the params of the run it triggers are being computed")
      return true
    }
    let waiting = instances.compactMap { waits[$0] }
    guard let first = waiting.min(by: { $0.until < $1.until }) else { return false }
    let declared = pipeline(run.pipeline).tasks[task]
    let count = instances.count > 1 ? "\(waiting.count) of \(instances.count) instances: " : ""
    let end = declared.onTimeout == .skip ? "is skipped" : "fails"
    explanation.block(
      "wait",
      "\(count)\(first.reason.text); it waits since \(first.since.sqliteText)Z and \(end) at "
        + "\(first.until.sqliteText)Z",
      next: help(for: first, declared))
    return true
  }

  private func help(for wait: LiveWait, _ task: TaskDeclaration) -> String {
    let instance = wait.attempt.instance
    let name = "\(instance.run)/\(task.name)" + (task.each == nil ? "" : "[\(instance.index)]")
    switch task.kind {
    case .approve: return "heddle approve \(name)"
    case .trigger: return wait.child.map { "heddle explain \($0)" } ?? "heddle mark \(name) success"
    case .wait, .run, .sql, .load: return "heddle mark \(name) success"
    }
  }
}
