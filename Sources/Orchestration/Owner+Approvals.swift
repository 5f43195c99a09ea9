import MeshModel
import Planning
import Records

extension Owner {
  /// Takes a person's decision about an instance that waits for it.
  func approve(
    _ run: RunID, _ task: String, _ index: Int, _ decision: ApprovalDecision, _ scheduler: inout Scheduler
  ) throws(SessionError) -> ControlReply {
    guard let instance = scheduler.instance(of: run, task: task, index: index) else {
      let summary: RunSummary?
      do { summary = try reader.run(run) } catch { throw SessionError(error) }
      guard let summary else { throw SessionError(.notFound, "there is no run \(run)") }
      guard summary.state.isFinal else {
        throw SessionError(.notFound, "'\(summary.pipeline)' has no task '\(task)'")
      }
      throw SessionError(.conflict, "run \(run) is final already: \(summary.state.rawValue)")
    }
    switch scheduler.refusal(of: decision.by, on: instance) {
    case nil: break
    case .notWaiting:
      throw SessionError(
        .conflict, "task '\(task)' of run \(run) waits for no approval",
        help: "see what does: heddle approve")
    case .isAsker:
      throw SessionError(
        .denied, "'\(decision.by.name)' asked for run \(run), so somebody else must decide",
        help: "approval is by a person who did not ask")
    case .notAmong(let names):
      let list = names.map { "'\($0)'" }.joined(separator: ", ")
      throw SessionError(
        .denied, "'\(decision.by.name)' is not among those who may decide: \(list)",
        help: "names are of users, or of groups of this machine")
    }
    scheduler.handle(.approve(instance, decision), at: time.now)
    let word = decision.isApproved ? "approved" : "rejected"
    return .done("task '\(task)' of run \(run) is \(word) by '\(decision.by.name)'")
  }
}
