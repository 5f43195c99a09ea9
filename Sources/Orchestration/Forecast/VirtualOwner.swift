import Basics
import Lineage
import MeshModel
import Planning

/// Whoever would own the state from now on: the real scheduler on a clock of its own, with what is expected
/// in the place of the machine. Nothing is written, and nothing runs.
package final class VirtualOwner {
  /// Something that will happen.
  private struct Happening: Comparable {
    var due: Instant
    /// Orders what is due at one moment.
    var sequence: UInt64
    var event: SchedulerEvent

    static func < (left: Happening, right: Happening) -> Bool {
      (left.due, left.sequence) < (right.due, right.sequence)
    }
    static func == (left: Happening, right: Happening) -> Bool { left.sequence == right.sequence }
  }

  private(set) var scheduler: Scheduler
  private let past: ForeseenPast
  private let clock: VirtualClock
  private let requests: RunRequests
  private var expectations: any Expectations
  /// Schedules fire, and data makes runs.
  private let firesSchedules: Bool
  private let book: ForecastBook
  private var agenda = Heap<Happening>()
  private var sequence: UInt64 = 0
  /// When attempts began that are live now.
  private let begins: [AttemptID: Instant]

  /// - Parameters:
  ///   - scheduler: as it is now.
  ///   - begins: when the attempts began that it has live.
  init(
    _ scheduler: Scheduler, past: ForeseenPast, requests: (any Clock) -> RunRequests, at now: Instant,
    expecting expectations: any Expectations, begins: [AttemptID: Instant], firesSchedules: Bool,
    book: ForecastBook
  ) {
    self.scheduler = scheduler
    self.past = past
    self.begins = begins
    self.expectations = expectations
    self.firesSchedules = firesSchedules
    self.book = book
    clock = VirtualClock(now)
    self.requests = requests(clock)
  }

  /// The moment that it has come to.
  var now: Instant { clock.now }

  /// Has the world go on as long as it may: until a moment, or until so much has happened.
  ///
  /// - Parameter isEnough: asked after each turn.
  func run(until end: Instant, isEnough: () -> Bool) throws(SessionError) {
    try turn()
    for waiting in scheduler.waitingApprovals {
      try awaitApproval(of: waiting.instance, since: waiting.since)
    }
    while !isEnough(), let due = nextDue, due <= end {
      clock.now = max(now, due)
      try turn()
    }
    if !isEnough() { clock.now = max(now, end) }
  }

  private var nextDue: Instant? {
    var due = [agenda.first?.due, scheduler.nextDeadline].compactMap { $0 }
    // Deadlines are not looked after: they only have somebody told.
    if firesSchedules, let tick = scheduler.nextFiring { due.append(tick) }
    return due.min()
  }

  /// As the loop of a real owner turns.
  private func turn() throws(SessionError) {
    var failure: SessionError?
    if firesSchedules {
      scheduler.takeTicks(at: now, now: now, answer: requests.answer(to:)) { failure = failure ?? $0 }
      scheduler.takeArrivals(at: now, now: now, answer: requests.answer(to:last:)) {
        failure = failure ?? $0
      }
    }
    if let failure { throw failure }
    while let next = agenda.first, next.due <= now {
      _ = agenda.popFirst()
      handle(next.event)
    }
    let decisions = scheduler.decide(at: now)
    past.take(decisions.changes)
    book.take(decisions.changes, scheduler: &scheduler)
    for effect in decisions.effects { try carryOut(effect) }
    for case .attemptDeferred(let attempt, _, let deferral, _) in decisions.changes
    where deferral.reason.code == "approval" {
      try awaitApproval(of: attempt.instance, since: now)
    }
  }

  private func handle(_ event: SchedulerEvent) {
    guard case .report(.evaluated(let instance, .trigger, let values)) = event else {
      return scheduler.handle(event, at: now)
    }
    scheduler.handle(.trigger(instance, scheduler.answer(instance, values, requests.runs(for:))), at: now)
  }

  private func carryOut(_ effect: Effect) throws(SessionError) {
    switch effect {
    case .start(let order): try begin(order, at: now)
    case .adopt(let order): try begin(order, at: begins[order.id] ?? now)
    case .evaluate(let order):
      let (answer, doubt) = try expectations.answer(to: order, at: now)
      book.note(doubt, of: order.context.run.run)
      happen(.report(.evaluated(order.context.instance, order.subject, answer)), at: now)
    case .probe(let order):
      let (answer, doubt) = try expectations.answer(to: order, at: now)
      book.note(doubt, of: order.context.run.run)
      happen(.report(.probed(order.attempt, answer)), at: now)
    // Nobody is told of what is only foreseen.
    case .notify: return
    case .stop(let attempt, _, _):
      let outcome = AttemptOutcome(state: .failed, reason: Reason("signal", "it was told to end"))
      happen(.report(.ended(attempt, outcome)), at: now + expectations.ending)
    }
  }

  private func begin(_ order: AttemptOrder, at start: Instant) throws(SessionError) {
    let end = try expectations.end(of: order)
    var doubt = end.doubt
    if let after = end.after, start + after < now, doubt == nil {
      let task = order.context.run.release.graph.pipelines[order.context.run.pipelineIndex]
        .tasks[order.id.instance.task].name
      doubt = "'\(task)' has run for longer than it does as a rule: it is taken to end now"
    }
    book.note(doubt, of: order.context.run.run)
    guard let after = end.after else { return }
    happen(.report(.ended(order.id, end.outcome)), at: max(now, start + after))
  }

  private func awaitApproval(of instance: InstanceID, since: Instant) throws(SessionError) {
    guard let record = past.record(of: instance.run), let (release, place) = past.pipeline(of: record) else {
      return
    }
    let task = release.graph.pipelines[place].tasks[instance.task].name
    let (after, doubt) = try expectations.approval(of: TaskName(pipeline: record.pipeline, task: task))
    book.note(doubt, of: instance.run)
    guard let after else { return }
    happen(
      .markInstance(instance, .success, Reason("approved", "somebody approves")), at: max(now, since + after))
  }

  /// Has something happen then.
  func happen(_ event: SchedulerEvent, at due: Instant) {
    sequence += 1
    agenda.insert(Happening(due: due, sequence: sequence, event: event))
  }
}
