import Basics
import Execution
import Lineage
import MeshModel
import Records

/// What was found of a dead owner's work.
public struct RecoverySummary: Sendable {
  /// Attempts that are gone without a result.
  public var lost = 0
  /// Attempts whose work the store holds, wholly.
  public var committed = 0
  /// Attempts of which processes still ran and were killed.
  public var killed = 0
  /// Runs that were not finished.
  public var runs = 0
  var materializations = 0
}

/// The work of an attempt as a domain's store holds it.
struct StoreCommit: Sendable {
  var rows: Int64?
  var inputs: [InputVersion]
}

/// Brings a state to rest whose owner died: what ran is found dead or killed, what was committed counts, and
/// what was not finished ends.
struct Recovery {
  private let project: CheckedProject
  /// What the store holds of an attempt; nil: nothing.
  private let committed: (RecoveredState.LiveAttempt) throws(SessionError) -> StoreCommit?

  init(
    project: CheckedProject,
    committed: @escaping (RecoveredState.LiveAttempt) throws(SessionError) -> StoreCommit?
  ) {
    self.project = project
    self.committed = committed
  }

  /// Kills what still runs and gives the facts that end everything unfinished.
  func end(
    _ state: RecoveredState, nextMaterialization: Int64, at now: Instant
  ) throws(SessionError) -> (changes: [Change], summary: RecoverySummary) {
    var changes: [Change] = []
    var summary = RecoverySummary()
    let reason = Reason("owner_died", "the process that ran it ended before it did")
    var ended: Set<InstanceID> = []
    for attempt in state.attempts {
      let killed = ProcessCensus.kill(attempt.key, process: attempt.process)
      if killed.found { summary.killed += 1 }
      guard killed.gone else {
        throw SessionError(
          .environment, "a process of attempt '\(attempt.key)' cannot be killed",
          help: "end it by hand and try again")
      }
      ended.insert(attempt.id.instance)
      guard let commit = try committed(attempt) else {
        summary.lost += 1
        var outcome = AttemptOutcome(state: .lost, reason: reason)
        outcome.isPermanent = true
        changes.append(.attemptEnded(attempt.id, outcome, instance: .cancelled, retryAt: nil, at: now))
        continue
      }
      summary.committed += 1
      var outcome = AttemptOutcome(state: .success)
      outcome.rows = commit.rows
      changes.append(.attemptEnded(attempt.id, outcome, instance: .success, retryAt: nil, at: now))
      for dataset in datasets(of: attempt) where isWhole(attempt, state) {
        changes.append(
          .materialized(
            MaterializationRecord(
              id: nextMaterialization + Int64(summary.materializations), dataset: dataset,
              partition: attempt.partition, attempt: attempt.id,
              rows: commit.rows, inputs: commit.inputs, at: now)))
        summary.materializations += 1
      }
    }
    for instance in state.instances where !ended.contains(instance.id) {
      changes.append(.instanceFinished(instance.id, .cancelled, reason, at: now))
    }
    for run in state.runs { changes.append(.runFinished(run.id, .cancelled, reason, at: now)) }
    for backfill in state.backfills { changes.append(.backfillFinished(backfill, .cancelled, at: now)) }
    summary.runs = state.runs.count
    return (changes, summary)
  }

  private func datasets(of attempt: RecoveredState.LiveAttempt) -> [DatasetName] {
    guard let index = project.graph.index(of: attempt.pipeline),
      let task = project.graph.pipelines[index].tasks.firstIndex(where: { $0.name == attempt.task })
    else { return [] }
    return project.graph.nodes[project.graph.firstNode[index] + task].writes
  }

  /// Whether the attempt's instance is all there is of its task: under `each` the others may be missing.
  private func isWhole(_ attempt: RecoveredState.LiveAttempt, _ state: RecoveredState) -> Bool {
    guard let index = project.graph.index(of: attempt.pipeline),
      let task = project.graph.pipelines[index].tasks.first(where: { $0.name == attempt.task })
    else { return false }
    return task.each == nil
  }
}
