import Basics
import Diagnostics
import MeshModel

/// An instance that waits for a person.
public struct WaitingApproval: Sendable {
  public var instance: InstanceID
  public var pipeline: PipelineName
  public var partition: PartitionInterval?
  public var task: String
  /// Its value under `each`.
  public var value: Scalar?
  public var description: String?
  /// Who may decide; empty: anybody but the asker.
  public var by: [String]
  /// Who asked for the run; nil: nobody did.
  public var asker: String?
  public var since: Instant
  public var until: Instant
}

/// Tasks that wait for a person's decision.
extension Scheduler {
  static func reason(of approval: ApprovalTask) -> Reason {
    let names = approval.by.map { "'\($0.value)'" }.joined(separator: " or ")
    return Reason("approval", "waits for the approval of " + (names.isEmpty ? "somebody" : names))
  }

  /// What waits for a person, in the order of the runs.
  public var waitingApprovals: [WaitingApproval] {
    waits.values.compactMap { wait in
      let instance = wait.attempt.instance
      guard case .approve(let approval) = kind(of: instance), let slot = slotOfRun[instance.run],
        let run = runs[slot]
      else { return nil }
      let task = pipeline(run.pipeline).tasks[instance.task]
      let record = run.facts.record
      return WaitingApproval(
        instance: instance, pipeline: record.pipeline, partition: record.partition, task: task.name,
        value: cells[slot][instance.task].instances[instance.index].value, description: task.description,
        by: approval.by.map(\.value), asker: record.askedBy, since: wait.since, until: wait.until)
    }.sorted { $0.instance < $1.instance }
  }

  /// Why somebody may not decide about an instance; nil: the decision counts.
  public func refusal(of approver: Approver, on instance: InstanceID) -> ApprovalRefusal? {
    guard waits[instance] != nil, case .approve(let approval) = kind(of: instance),
      let run = slotOfRun[instance.run].flatMap({ runs[$0] })
    else { return .notWaiting }
    if run.facts.record.askedBy == approver.name { return .isAsker }
    return approval.isOpen(to: approver) ? nil : .notAmong(approval.by.map(\.value))
  }

  mutating func approve(_ instance: InstanceID, _ decision: ApprovalDecision) {
    guard refusal(of: decision.by, on: instance) == nil else { return }
    let word = decision.isApproved ? "approved" : "rejected"
    let note = decision.note.map { ": \($0)" } ?? ""
    var outcome = AttemptOutcome(
      state: decision.isApproved ? .success : .failed,
      reason: Reason(word, "\(word) by '\(decision.by.name)'\(note)"))
    outcome.isPermanent = true
    var told = JSONWriter()
    told.object { writer in
      writer.key("approved")
      writer.boolean(decision.isApproved)
      writer.key("by")
      writer.string(decision.by.name)
      writer.key("note")
      writer.string(decision.note)
    }
    outcome.output = told.text
    endWait(instance, outcome)
  }
}
