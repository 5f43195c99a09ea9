import Basics
import MeshModel
import Timetables

/// An alert is raised exactly once for each cause, by the commit that holds the cause, and resolved by the
/// commit in which that is gone.
final class Law29: Law {
  let number = 29
  /// Open alerts by their causes.
  private var open: [AlertCause: AlertID] = [:]
  private var last: AlertID = 0
  private var counted: [PipelineName: DeadlineRecord] = [:]
  /// When the next deadline of each is over; nil: never.
  private var dues: [PipelineName: Due] = [:]
  /// Of the ticks of each pipeline, those that made no run and were not made up for by another.
  private var excused: [PipelineName: [TickRecord]] = [:]
  private var excusedArrivals: [PipelineName: Set<String>] = [:]
  /// Successes of a commit, and failures with their runs.
  private var successes: [Chronicle.FinalRun] = []
  private var failures: [AlertCause: RunID] = [:]
  private var timeouts: Set<AlertCause> = []
  /// Deadlines that were told of and are not counted yet, which comes next.
  private var missed: Set<AlertCause> = []
  /// Alerts of the commit about what waited too long.
  private var late: [AlertCause: AlertID] = [:]
  /// The release by which all open alerts were looked at.
  private var lookedBy: ReleaseID?

  /// What was worked out before, and what from.
  private struct Due {
    var counted: DeadlineRecord
    var release: ReleaseID
    var due: Instant?
  }

  func see(_ change: Change, _ chronicle: Chronicle, _ court: Court) {
    switch change {
    case .runFinished(let run, let state, _, let at):
      guard let run = chronicle.runs[run] else { return }
      if state == .success {
        successes.append(.init(record: run.record, state: state, at: at, parts: run.parts))
      }
      if state == .failed { fail(run) }
    case .attemptEnded(let attempt, let outcome, .failed, _, _)
    where outcome.reason?.code == "timed_out" && chronicle.waiting[attempt] != nil:
      timeOut(attempt.instance, chronicle)
    case .instanceFinished(let instance, .upstreamFailed, let reason, _)
    where reason.code == "waited_too_long":
      timeOut(instance, chronicle)
    case .ticked(let tick) where tick.outcome.word != "run" && tick.outcome.reason?.code != "same_partition":
      excused[tick.pipeline, default: []].append(tick)
    case .arrived(let arrival)
    where arrival.outcome.word != "run" && arrival.outcome.reason?.code != "same_partition":
      excusedArrivals[arrival.pipeline, default: []].insert(arrival.partition?.key ?? "")
    case .alertRaised(let alert): raise(alert, chronicle, court)
    case .alertResolved(let alert, let reason, _): resolve(alert, reason, court)
    case .deadlineCounted(let deadline, _): count(deadline, chronicle, court)
    case .deadlineUncounted(let pipeline, _): counted[pipeline] = nil
    default: return
    }
  }

  /// A run of all tasks is one cause; of one of some tasks each that failed is.
  private func fail(_ run: Chronicle.Run) {
    var cause = AlertCause(
      kind: .runFailed, pipeline: run.record.pipeline, partition: run.record.partition?.key ?? "")
    guard run.parts != nil else { return failures[cause] = run.record.id }
    func tasks(that became: (InstanceState, _ isAllowed: Bool) -> Bool) -> [Int] {
      run.facts.tasks.indices.filter { task in
        let isAllowed = run.facts.tasks[task].declared.allowFailure
        return run.instances[task]?.values.contains { became($0.state, isAllowed) } ?? false
      }
    }
    var failed = tasks { $0 == .failed && !$1 || $0 == .cancelled }
    if failed.isEmpty { failed = tasks { state, _ in state == .upstreamFailed } }
    for task in failed {
      cause.task = run.facts.tasks[task].name
      failures[cause] = run.record.id
    }
  }

  private func timeOut(_ instance: InstanceID, _ chronicle: Chronicle) {
    guard let run = chronicle.runs[instance.run] else { return }
    let task = run.facts.tasks[instance.task]
    guard !task.declared.allowFailure else { return }
    timeouts.insert(
      AlertCause(
        kind: .waitTimedOut, pipeline: run.record.pipeline, partition: run.record.partition?.key ?? "",
        task: task.name))
  }

  private func raise(_ alert: AlertRecord, _ chronicle: Chronicle, _ court: Court) {
    expect(open[alert.cause] == nil, court, "'\(alert.subject)' has an open alert already")
    expect(alert.id == last + 1, court, "alert \(alert.id) follows \(last)")
    last = max(last, alert.id)
    open[alert.cause] = alert.id
    lookedBy = nil
    let mayBeDeclared = releases(chronicle).contains { $0.has(alert.cause) }
    expect(mayBeDeclared, court, "alert \(alert.id) is about what is not declared")
    switch alert.cause.kind {
    case .runFailed:
      let run = failures[alert.cause]
      expect(run != nil && run == alert.run, court, "alert \(alert.id) is of a run that has not failed")
    // It stands before the end that it is about.
    case .waitTimedOut: late[alert.cause] = alert.id
    case .deadlineMissed:
      missed.insert(alert.cause)
      expect(
        !isMade(alert.cause, since: nil, chronicle) || alert.cause.partition.isEmpty, court,
        "'\(alert.subject)' was made, and has missed its deadline")
    case .freshnessBroken:
      let newest = alert.cause.dataset.flatMap { chronicle.partitions[$0]?.values.map(\.at).max() }
      expect(newest != nil, court, "'\(alert.subject)' is not there, and too old")
    }
  }

  private func resolve(_ alert: AlertID, _ reason: Reason, _ court: Court) {
    guard let cause = open.first(where: { $0.value == alert })?.key else {
      return expect(false, court, "alert \(alert) is resolved, and not open")
    }
    open[cause] = nil
    guard reason.code == "run_succeeded" else { return }
    expect(isMended(cause), court, "alert \(alert) is resolved by no success")
  }

  /// Those of a turn: before a deploy within it, and after.
  private func releases(_ chronicle: Chronicle) -> [ReleaseFacts] {
    [chronicle.releaseOfTicks, chronicle.latest].compactMap { $0 }
  }

  func seeCommit(_ changes: [Change], _ chronicle: Chronicle, _ court: Court) {
    func isDeclared(_ cause: AlertCause) -> Bool { releases(chronicle).allSatisfy { $0.has(cause) } }
    for (cause, run) in failures where open[cause] == nil && isDeclared(cause) {
      // A success of the same partition may stand in the same commit.
      guard !isMended(cause) else { continue }
      expect(false, court, "run \(run) failed, and no alert is open")
    }
    for (cause, alert) in late {
      expect(timeouts.contains(cause), court, "alert \(alert) is of nothing that waited too long")
    }
    for cause in timeouts where open[cause] == nil && isDeclared(cause) && !isMended(cause) {
      expect(false, court, "'\(cause.pipeline)' waited too long, and no alert is open")
    }
    for success in successes {
      let left = open.keys.filter {
        success.covers($0) && $0.dataset == nil && failures[$0] == nil && !timeouts.contains($0)
      }
      for cause in left where cause.kind != .deadlineMissed {
        expect(false, court, "run \(success.record.id) succeeded, and alert \(open[cause] ?? 0) stays open")
      }
    }
    missed = []
    successes = []
    failures = [:]
    timeouts = []
    late = [:]
  }

  private func isMended(_ cause: AlertCause) -> Bool { successes.contains { $0.covers(cause) } }

  /// Whether a run of all its tasks succeeded that is still in the record.
  private func isMade(_ cause: AlertCause, since tick: Instant?, _ chronicle: Chronicle) -> Bool {
    chronicle.finalRuns.values.contains { run in
      !run.isRemoved && run.state == .success && run.covers(cause)
        && (tick.map { run.record.createdAt >= $0 } ?? true)
    }
  }

  /// A deadline that was looked at: what is not there, and was not left out, has an alert.
  private func count(_ deadline: DeadlineRecord, _ chronicle: Chronicle, _ court: Court) {
    defer { counted[deadline.pipeline] = deadline }
    guard let before = counted[deadline.pipeline], before.meaning == deadline.meaning,
      let facts = chronicle.releaseOfTicks?.pipelines[deadline.pipeline],
      let span = facts.pipeline.deadline, let schedule = facts.schedule
    else { return }
    expect(
      deadline.countedTo > before.countedTo, court, "the deadlines of '\(deadline.pipeline)' go back")
    let tick = deadline.countedTo
    let partition = schedule.partition(at: tick)
    let due = max((partition?.end ?? tick) + span, tick)
    expect(due <= chronicle.latestWall, court, "the deadline of '\(deadline.pipeline)' at \(due) is not over")
    let cause = AlertCause(
      kind: .deadlineMissed, pipeline: deadline.pipeline, partition: partition?.key ?? "")
    let isExcused =
      excused[deadline.pipeline]?.contains { $0.at <= tick && tick <= $0.through } ?? false
      || partition.map { excusedArrivals[deadline.pipeline]?.contains($0.key) ?? false } ?? false
    let isTold = missed.remove(cause) != nil
    expect(
      !isTold || !isExcused, court,
      "'\(cause.pipeline)@\(cause.partition)' was left out, and missed its deadline")
    guard !isExcused, !isMade(cause, since: partition == nil ? tick : nil, chronicle) else { return }
    expect(open[cause] != nil, court, "'\(cause.pipeline)@\(cause.partition)' missed its deadline in silence")
  }

  /// No deadline is forgotten while somebody is there, and no alert is left of what is gone.
  func seeQuiet(_ chronicle: Chronicle, _ court: Court) {
    guard court.isServed else { return }
    guard let latest = chronicle.latest else { return }
    if lookedBy != latest.id {
      for (cause, alert) in open where !latest.has(cause) {
        expect(false, court, "alert \(alert) is about what is not declared any more")
      }
      lookedBy = latest.id
    }
    for (name, known) in counted where !chronicle.paused.contains(.pipeline(name)) {
      guard let due = due(of: name, known, latest, chronicle.wall) else { continue }
      expect(due > chronicle.wall, court, "the deadline of '\(name)' at \(due) is not looked at")
    }
  }

  /// When the deadline after those that are counted is over; what is a week old is history.
  private func due(
    of name: PipelineName, _ known: DeadlineRecord, _ release: ReleaseFacts, _ wall: Instant
  ) -> Instant? {
    guard let facts = release.pipelines[name], let span = facts.pipeline.deadline,
      let schedule = facts.schedule
    else { return nil }
    let history = wall - .seconds(7 * 86_400) - span
    if let found = dues[name], history <= known.countedTo, found.counted == known,
      found.release == release.id
    {
      return found.due
    }
    let next = schedule.next(after: max(known.countedTo, history))
    let due = next.map { max((schedule.partition(at: $0)?.end ?? $0) + span, $0) }
    if history <= known.countedTo { dues[name] = Due(counted: known, release: release.id, due: due) }
    return due
  }
}
