import Basics
import Execution
import Lineage
import MeshModel
import Records
import SQLite
import SQLite

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

/// Brings a state to rest whose owner died: what ran is found dead or killed, what was committed counts, and
/// what was not finished ends.
struct Recovery {
  private static let reason = Reason("owner_died", "the process that ran it ended before it did")

  let project: CheckedProject
  let directory: StateDirectory

  /// Kills what still runs and gives the facts that end everything unfinished.
  func end(
    _ state: RecoveredState, nextMaterialization: Int64, at now: Instant
  ) throws(SessionError) -> (changes: [Change], summary: RecoverySummary) {
    var changes: [Change] = []
    var summary = RecoverySummary()
    var ended: Set<InstanceID> = []
    // First the processes: what one of them still writes must not come after the look into the stores.
    for attempt in state.attempts {
      if try kill(attempt) { summary.killed += 1 }
      ended.insert(attempt.id.instance)
    }
    let commits = try committed(state.attempts)
    for attempt in state.attempts {
      guard let commit = commits[attempt.key] else {
        summary.lost += 1
        let outcome = AttemptOutcome(state: .lost, reason: Self.reason)
        changes.append(.attemptEnded(attempt.id, outcome, instance: .cancelled, retryAt: nil, at: now))
        continue
      }
      summary.committed += 1
      var outcome = AttemptOutcome(state: .success)
      outcome.rows = commit.rows
      var output = JSONWriter()
      output.object { writer in
        writer.key("rows")
        writer.integer(commit.rows)
      }
      outcome.output = output.text
      changes.append(.attemptEnded(attempt.id, outcome, instance: .success, retryAt: nil, at: now))
      for dataset in datasets(of: attempt) {
        changes.append(
          .materialized(
            MaterializationRecord(
              id: nextMaterialization + Int64(summary.materializations), dataset: dataset,
              partition: attempt.partition, attempt: attempt.id, rows: commit.rows, inputs: commit.inputs,
              at: now)))
        summary.materializations += 1
      }
    }
    for instance in state.instances where !ended.contains(instance.id) {
      changes.append(.instanceFinished(instance.id, .cancelled, Self.reason, at: now))
    }
    for run in state.runs { changes.append(.runFinished(run.id, .cancelled, Self.reason, at: now)) }
    for backfill in state.backfills { changes.append(.backfillFinished(backfill, .cancelled, at: now)) }
    summary.runs = state.runs.count
    return (changes, summary)
  }

  /// Ends what still lives of an attempt; whether anything did.
  private func kill(_ attempt: RecoveredState.LiveAttempt) throws(SessionError) -> Bool {
    let (found, isGone) = ProcessCensus.kill(attempt.key, process: attempt.process)
    guard isGone else {
      throw SessionError(
        .environment, "a process of attempt '\(attempt.key)' cannot be killed",
        help: "end it by hand and try again")
    }
    return found
  }

  /// What the stores hold of the attempts.
  private func committed(
    _ attempts: [RecoveredState.LiveAttempt]
  ) throws(SessionError) -> [AttemptKey: StoreLedger.Entry] {
    var found: [AttemptKey: StoreLedger.Entry] = [:]
    for domain in project.mesh.domains {
      let keys = attempts.filter { $0.pipeline.domain == domain.name }.map(\.key)
      guard !keys.isEmpty else { continue }
      do {
        found.merge(try StoreLedger.committed(keys: keys, store: directory.store(of: domain))) { first, _ in
          first
        }
      } catch {
        throw SessionError(
          .environment, "the store of domain '\(domain.name)' cannot be read: \(error.message)")
      }
    }
    return found
  }

  /// What the attempt's commit completes: its task's datasets. One instance of several completes nothing.
  private func datasets(of attempt: RecoveredState.LiveAttempt) -> [DatasetName] {
    guard let index = project.graph.index(of: attempt.pipeline),
      let task = project.graph.pipelines[index].tasks.firstIndex(where: { $0.name == attempt.task }),
      project.graph.pipelines[index].tasks[task].each == nil
    else { return [] }
    return project.graph.nodes[project.graph.firstNode[index] + task].writes
  }
}
