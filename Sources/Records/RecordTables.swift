import Basics
import MeshModel
import SQLite

/// The tables as the fold of the changes: what each change does to them.
///
/// The writer and the replay of the event log use the same `apply`, so the tables are the fold of the log by
/// construction. Every change is checked against the legal transitions; what they forbid throws, and the
/// caller rolls back.
final class RecordTables {
  let connection: Connection

  init(connection: Connection) { self.connection = connection }

  func apply(_ change: Change) throws {
    switch change {
    case .releaseTaken(let release): try insert(release)
    case .backfillCreated(let backfill): try insert(backfill)
    case .backfillFinished(let backfill, let state, let at): try finish(backfill, state, at)
    case .runCreated(let run): try insert(run)
    case .runStarted(let run, let at): try start(run, at)
    case .runFinished(let run, let state, let reason, let at): try finish(run, state, reason, at)
    case .fannedOut(let run, let task, let values, let at): try fanOut(run, task, values, at)
    case .conditionEvaluated(let instance, let holds, let at): try answer(instance, holds, at)
    case .instanceQueued(let instance, let reason, let at): try queue(instance, reason, at)
    case .instanceFinished(let instance, let state, let reason, let at):
      try finish(instance, state, reason, at)
    case .attemptStarted(let attempt, let key, let inputs, let at): try start(attempt, key, inputs, at)
    case .attemptDeferred(let attempt, let key, let deferral, let at): try putOff(attempt, key, deferral, at)
    case .attemptAnswered(let attempt, let reason, _): try answer(attempt, reason)
    case .attemptRunning(let attempt, let process, let at): try run(attempt, process, at)
    case .attemptStopping(let attempt, let reason, let at): try stop(attempt, reason, at)
    case .attemptEnded(let attempt, let outcome, let instance, let retryAt, let at):
      try end(attempt, outcome, instance, retryAt, at)
    case .materialized(let materialization): try insert(materialization)
    case .coveredAsSkipped(let dataset, let partition, let instance, let number, let at):
      try cover(dataset, partition, instance, number, at)
    case .markedMissing(let dataset, let partition, let reason, let at):
      try markMissing(dataset, partition, reason, at)
    case .markedPresent(let dataset, let partition, let version, let reason, let at):
      try markPresent(dataset, partition, version, reason, at)
    case .accepted(let acceptance, let at): try accept(acceptance, at)
    case .runCancelled(let run, let cancellation, _): try cancel(run, cancellation)
    case .paused(let target, let at): try pause(target, at)
    case .resumed(let target, _): try resume(target)
    case .runsRemoved(let runs, _): try remove(runs)
    case .scheduled(let schedule, _): try begin(schedule)
    case .unscheduled(let pipeline, _): try endSchedule(of: pipeline)
    case .ticked(let tick): try enter(tick)
    case .tokenSet(let token, _): try set(token)
    case .audited(let line): try enter(line)
    case .triggered(let trigger, _): try begin(trigger)
    case .untriggered(let pipeline, _): try endTrigger(of: pipeline)
    case .arrived(let arrival): try enter(arrival)
    case .alertRaised(let alert): try raise(alert)
    case .alertAcknowledged(let alert, let who, let note, let at): try acknowledge(alert, who, note, at)
    case .alertResolved(let alert, let reason, let at): try resolve(alert, reason, at)
    case .silenced(let silence): try insert(silence)
    case .unsilenced(let silence, let who, let at): try end(silence, who, at)
    case .notificationBegun(let notification): try begin(notification)
    case .notificationEnded(let notification, let failure, let retryAt, let at):
      try end(notification, failure, retryAt, at)
    case .deadlineCounted(let deadline, _): try count(deadline)
    case .deadlineUncounted(let pipeline, _): try endDeadline(of: pipeline)
    case .alertsRemoved(let alerts, _): try remove(alerts: alerts)
    }
  }

  /// A cached statement with its parameters bound in the order in which `bind` adds them.
  func statement(_ sql: String, _ bind: (inout Binding) -> Void) throws -> Statement {
    let statement = try connection.cached(sql)
    var binding = Binding(statement)
    bind(&binding)
    return statement
  }

  /// Runs a statement that must change exactly one row; `refusal` says what it means when it does not.
  func changeOne(
    _ sql: String, _ bind: (inout Binding) -> Void, else refusal: () throws -> String
  ) throws {
    try statement(sql, bind).run()
    guard connection.changedRows == 1 else { throw RecordsError(.illegalChange, try refusal()) }
  }

  /// The text of the first column of the first row, for refusals.
  func word(_ sql: String, _ bind: (inout Binding) -> Void) throws -> String? {
    let statement = try statement(sql, bind)
    defer { statement.rewind() }
    return try statement.step() ? statement.text(0) : nil
  }
}

/// Statements that lead to a state from those states that may become it.
struct Transitions<State: RawRepresentable<String> & CaseIterable & Hashable & Sendable>: Sendable {
  private let statements: [State: String]

  /// Turns `template` into one statement for each state; `STATE_MAY` stands for "the state before may become
  /// it", which is `state = 'queued' OR ...`: for a longer IN list SQLite would build a table at every use.
  init(_ template: String, mayBecome: (State, State) -> Bool) {
    var statements: [State: String] = [:]
    for target in State.allCases {
      let from = State.allCases.filter { mayBecome($0, target) }.map { "state = '\($0.rawValue)'" }
      let condition = from.isEmpty ? "FALSE" : "(\(from.joined(separator: " OR ")))"
      let parts = template.split(separator: "STATE_MAY", omittingEmptySubsequences: false)
      statements[target] = parts.joined(separator: condition)
    }
    self.statements = statements
  }

  /// The statement that leads to a state.
  subscript(target: State) -> String { statements[target] ?? "" }
}
