import Basics
import Glibc
import MeshModel
import Planning
import Records
import Threads

/// The one loop: take what came, decide, commit once, act.
///
/// One thread owns the scheduler and the only writing connection. Everything that waits is decided together
/// and committed in one transaction, but for many ticks, and what stands before a request that asks the
/// record; only then do processes start and callers hear of it.
package final class EventLoop {
  package enum Message: Sendable {
    case report(WorkerReport)
    case request(
      ControlRequest, from: Asker = Owner.ownAsker, with: Preparation = Preparation(),
      answer: @Sendable (ControlReply) -> Void)
    /// A release of the project's files as they are now, or why there is none, and who asked for it.
    case deploy(DeployOutcome, askers: [Asker], answer: @Sendable (ControlReply) -> Void)
    /// Somebody wants it to end: cancels its own runs, a second time at once.
    case interrupt
    /// What is wrong in the state file, which was examined beside.
    case examined([String])
    /// The owner goes, and leaves running what runs.
    case stop
  }

  /// Makes events of a request, and the reply that is due once they are committed.
  package typealias Desk = (ControlRequest, Asker, Preparation, inout Scheduler) throws(SessionError) ->
    ControlReply

  /// Looks at what a request is about before it is done; what it gives back is called with the reply and
  /// makes the facts that are committed along with it.
  package typealias Witness = (ControlRequest, Asker, Scheduler) throws(SessionError) -> (
    ControlReply
  ) -> [Change]

  /// Why nothing can be committed for now.
  private struct Outage {
    var error: RecordsError
    /// On the clock that never steps.
    var tryAgain: UInt64
  }

  /// How long an observer is left without a pulse.
  private static let pulse = Duration.milliseconds(100)
  /// Attempts that end this soon after they started are so short that the commit is what they wait for; then
  /// the others of the batch are given a moment to end too, and share it. In nanoseconds.
  private static let short: UInt64 = 300_000
  private static let patience: UInt64 = 60_000
  /// Where more attempts are live than there are processors, and one ended this soon, the others probably
  /// have work for all processors and end soon, too: what has ended loses nothing while it waits a little for
  /// half of them, and halves the commits. In nanoseconds.
  private static let busy: UInt64 = 1_000_000
  private static let longPatience: UInt64 = 500_000
  private static let processors = sysconf(Int32(_SC_NPROCESSORS_ONLN))
  /// How long until a failed commit is tried again, in nanoseconds.
  private static let respite: UInt64 = 1_000_000_000

  package private(set) var scheduler: Scheduler
  private let writer: RecordWriter
  private let executor: any Executor
  private let mailbox: Mailbox<Message>
  private let time: SteadyTime
  private let desk: Desk
  package var observer: (any RunObserver)?
  private let watchdog: Watchdog?
  package var witness: Witness?
  /// Does a short piece of work that has time, and says when to be asked for the next, on the clock that
  /// never steps.
  package var upkeep: (() -> UInt64)?
  private var upkeepDue: UInt64 = 0
  /// Makes later runs from a release that was taken beside the loop.
  package var takeUp: ((DeployOutcome, [Asker], inout Scheduler) throws(SessionError) -> ControlReply)?
  /// Called while the loop turns, this often, also while nothing can be committed.
  package var heartbeat: (call: () -> Void, every: Duration)?
  private var heartbeatDue: UInt64 = 0
  /// Says what the record knows of a tick that is due; nil: nothing runs by the clock.
  package var answerTick: ((DueTick) throws(SessionError) -> TickAnswer)?
  /// Says what the record knows for pipelines that are due by data, told the number of what was published
  /// last; nil: none is.
  package var answerArrival: ((ArrivalQuestion, Int64) throws(SessionError) -> ArrivalAnswer)?
  /// Says whether a deadline that was due is kept; nil: nobody looks after deadlines.
  package var answerDeadline: ((DueDeadline) throws(SessionError) -> DeadlineAnswer)?
  /// Finds the runs that a task wants to be made; nil: nobody can, and it is asked for again and again.
  package var answerTrigger: ((TriggerWish) throws(SessionError) -> [RunRequest])?
  /// The wall clock may step, so it is looked at this often, in nanoseconds.
  private static let longestTrust: UInt64 = 10_000_000_000
  package private(set) var wasInterrupted = false
  /// The runs that an interrupt cancels, and with whose end the loop ends then; nil: all.
  package var own: (() -> FollowedRuns)?
  package private(set) var isStopping = false
  /// Decided and not committed yet, with the replies that wait for it.
  private var pending = Decisions()
  private var replies: [(ControlReply, @Sendable (ControlReply) -> Void)] = []
  private var outage: Outage?
  /// Attempts that were told to end and have not ended.
  private var ending: Set<AttemptID> = []
  /// What came during an outage: it is handled after it.
  private var held: [Message] = []
  /// So many changes that come of ticks are committed by themselves.
  package var manyTicks = 200
  /// Ticks were decided in this turn.
  private var hasTicked = false
  /// When effects were last carried out, in nanoseconds of the clock that never steps.
  private var lastActed: UInt64 = 0

  package init(
    scheduler: Scheduler, writer: RecordWriter, executor: any Executor, mailbox: Mailbox<Message>,
    time: SteadyTime, watchdog: Watchdog? = nil, observer: (any RunObserver)? = nil, desk: @escaping Desk
  ) {
    self.scheduler = scheduler
    self.writer = writer
    self.executor = executor
    self.mailbox = mailbox
    self.time = time
    self.watchdog = watchdog
    self.observer = observer
    self.desk = desk
  }

  /// Turns until nothing can happen any more but from outside, or the owner goes. An error is the record's
  /// and final: what could not be committed did not happen.
  package func runUntilIdle(after events: [SchedulerEvent] = []) throws(RecordsError) {
    try turn(events: events)
    while !isStopping, !scheduler.isAtRest || outage != nil {
      if wasInterrupted, outage == nil, own?().isOver ?? false { return }
      try turn(takeBatch())
    }
  }

  /// Turns until the owner is told to go.
  package func runUntilStopped() throws(RecordsError) {
    try turn([])
    while !isStopping {
      let batch = takeBatch()
      try turn(batch)
      keepUp(afterNothing: batch.isEmpty)
      beat()
    }
  }

  private func beat() {
    guard let heartbeat, time.monotonicNow >= heartbeatDue else { return }
    heartbeat.call()
    heartbeatDue = max(.milliseconds(1), heartbeat.every).deadline(from: time.monotonicNow)
  }

  /// Does a piece of the upkeep when nothing else is to be done, or once it has waited for a second.
  private func keepUp(afterNothing isIdle: Bool) {
    guard let upkeep, outage == nil, time.monotonicNow >= upkeepDue else { return }
    guard isIdle || time.monotonicNow &- upkeepDue > Self.respite else { return }
    watchdog?.note("keeping the state small")
    upkeepDue = upkeep()
  }

  /// Turns until everything that was told to end has ended, or time is up, in nanoseconds that never step.
  package func runUntilEnded(by deadline: UInt64) throws(RecordsError) {
    while !ending.isEmpty, time.monotonicNow < deadline {
      watchdog?.rest()
      try turn(mailbox.take(until: min(wakeUp ?? .max, deadline)))
    }
  }

  /// Changes how many attempts may be live at once.
  package func limit(workers: Int) { scheduler.limit(workers: workers) }

  /// One turn: everything that came, a decision, a commit, and then what follows from it.
  ///
  /// - Parameter events: what the owner itself wants.
  package func turn(_ batch: [Message] = [], events: [SchedulerEvent] = []) throws(RecordsError) {
    watchdog?.note("taking messages")
    for event in events { scheduler.handle(event, at: time.now) }
    if outage != nil { return try wait(with: batch) }
    try takeTicks()
    if outage != nil { return try wait(with: batch) }
    takeArrivals()
    takeDeadlines()
    pending.add(scheduler.takeDecisions())
    var isSettled = events.isEmpty && pending.changes.isEmpty
    for (place, message) in batch.enumerated() {
      if !isSettled, case .request(let request, _, _, _) = message, request.wantsSettledRecord {
        // The record is to say all that came before it.
        try settle()
        if outage != nil { return try wait(with: Array(batch[place...])) }
      }
      receive(message)
      isSettled = false
    }
    try settle()
  }

  /// What is due by the clock. Asked before anything else, when the record says all that the scheduler knows.
  /// Where there are many, their runs exist before anything begins: the ledger is not to wait for all that
  /// follows from it.
  private func takeTicks() throws(RecordsError) {
    hasTicked = false
    guard let answerTick else { return }
    hasTicked = scheduler.takeTicks(at: time.wallNow, now: time.now, answer: answerTick) {
      observer?.tickFailed($0)
    }
    pending.add(scheduler.takeDecisions())
    if pending.changes.count >= manyTicks { try commit() }
  }

  private func takeArrivals() {
    guard let answerArrival else { return }
    scheduler.takeArrivals(at: time.wallNow, now: time.now, answer: answerArrival) {
      observer?.tickFailed($0)
    }
  }

  /// What should be there by now. The ledgers say what was skipped on purpose, so they must hold all that was
  /// decided: where something was due in this turn, deadlines have theirs in the next.
  private func takeDeadlines() {
    pending.add(scheduler.takeDecisions())
    guard let answerDeadline, !hasTicked, pending.changes.isEmpty else { return }
    scheduler.takeDeadlines(at: time.wallNow, now: time.now, answer: answerDeadline) {
      observer?.tickFailed($0)
    }
  }

  /// When the next tick is to be looked for, on the clock that never steps; nil: never.
  private var tickDue: UInt64? {
    if answerArrival != nil, scheduler.hasArrivals { return time.monotonicNow }
    guard answerTick != nil, let tick = scheduler.nextTick else { return nil }
    return time.monotonicNow &+ min((tick - time.wallNow).wholeNanoseconds, Self.longestTrust)
  }

  /// When to look up although nobody wrote, on the clock that never steps; nil: never.
  package var wakeUp: UInt64? {
    let beat = heartbeat == nil ? UInt64.max : heartbeatDue
    if let outage { return min(outage.tryAgain, beat) }
    var due = scheduler.nextDeadline.map { time.monotonic(at: $0) }
    if upkeep != nil { due = min(due ?? .max, upkeepDue) }
    if beat < .max { due = min(due ?? .max, beat) }
    if let tickDue { due = min(due ?? .max, tickDue) }
    guard observer?.wantsPulses ?? false else { return due }
    let pulse = time.monotonic(at: time.now + Self.pulse)
    return min(due ?? .max, pulse)
  }

  /// What came; where attempts are very short, or more of them are live than can work at once, what comes in
  /// the next moment as well.
  private func takeBatch() -> [Message] {
    watchdog?.rest()
    var batch = mailbox.take(until: wakeUp)
    guard !batch.isEmpty, outage == nil else { return batch }
    let arrival = time.monotonicNow
    let live = scheduler.liveAttempts
    let isBusy = live > Self.processors && arrival &- lastActed < Self.busy
    if isBusy { gather(live / 2, until: arrival &+ Self.longPatience, into: &batch) }
    if arrival &- lastActed < Self.short { gather(live, until: arrival &+ Self.patience, into: &batch) }
    return batch
  }

  private func gather(_ count: Int, until deadline: UInt64, into batch: inout [Message]) {
    while batch.count < count {
      let more = mailbox.take(until: deadline)
      if more.isEmpty { return }
      batch += more
    }
  }

  private func receive(_ message: Message) {
    switch message {
    case .report(.evaluated(let instance, .trigger, let values)):
      scheduler.handle(.trigger(instance, scheduler.answer(instance, values, answerTrigger)), at: time.now)
    case .report(let report): scheduler.handle(.report(report), at: time.now)
    case .request(let request, let asker, let found, let answer):
      do throws(SessionError) {
        let testimony = try witness?(request, asker, scheduler)
        let reply = try desk(request, asker, found, &scheduler)
        pending.changes += testimony?(reply) ?? []
        replies.append((reply, answer))
      } catch {
        answer(ControlReply(error))
      }
    case .deploy(let outcome, let askers, let answer):
      do throws(SessionError) {
        if let takeUp { replies.append((try takeUp(outcome, askers, &scheduler), answer)) }
      } catch {
        answer(ControlReply(error))
      }
    case .interrupt:
      wasInterrupted = true
      guard let own else { return scheduler.handle(.cancelAll, at: time.now) }
      for run in own().live.sorted() { scheduler.handle(.cancel(run), at: time.now) }
    case .examined(let damages): observer?.examined(damages)
    case .stop: stop()
    }
  }

  /// From here on nothing starts; what runs is left to the next owner.
  private func stop() {
    isStopping = true
    scheduler.limit(workers: 0)
  }

  private func settle() throws(RecordsError) {
    watchdog?.note("deciding")
    pending.add(scheduler.decide(at: time.now))
    try commit()
  }

  /// Commits what is decided, and carries it out.
  private func commit() throws(RecordsError) {
    watchdog?.note("committing")
    do {
      if !pending.changes.isEmpty { try writer.commit(pending.changes) }
    } catch {
      guard error.mayPass else { throw error }
      outage = Outage(error: error, tryAgain: time.monotonicNow &+ Self.respite)
      observer?.outage(error)
      return
    }
    act()
  }

  /// Carries out what is committed now.
  private func act() {
    watchdog?.note("acting")
    let done = pending
    let answered = replies
    pending = Decisions()
    replies = []
    let ended = done.changes.compactMap { change -> AttemptID? in
      if case .attemptEnded(let attempt, _, _, _, _) = change { attempt } else { nil }
    }
    if !ended.isEmpty { executor.settle(ended) }
    ending.subtract(ended)
    for effect in done.effects {
      switch effect {
      case .start(let order): executor.start(order)
      case .adopt(let order): executor.adopt(order)
      case .evaluate(let order): executor.evaluate(order)
      case .probe(let order): executor.probe(order)
      case .notify(let order): executor.notify(order)
      case .stop(let attempt, let cause, let grace):
        ending.insert(attempt)
        executor.stop(attempt, cause: cause, grace: grace)
      }
    }
    for (reply, answer) in answered { answer(reply) }
    lastActed = time.monotonicNow
    if done.changes.isEmpty {
      observer?.pulse(at: time.now)
    } else {
      observer?.observe(done.changes, at: time.now)
    }
  }

  private static func refusal(by outage: Outage) -> SessionError {
    SessionError(
      .environment, "the state cannot be written: \(outage.error.message)", help: outage.error.help)
  }

  /// While nothing can be committed, nothing starts and nothing is promised; what runs goes on, and what it
  /// reports is kept.
  private func wait(with batch: [Message]) throws(RecordsError) {
    guard let outage else { return }
    for message in batch {
      switch message {
      // Who is there is no secret of the disk.
      case .request(.hello, let asker, let found, let answer):
        do throws(SessionError) {
          answer(try desk(.hello, asker, found, &scheduler))
        } catch {
          answer(ControlReply(error))
        }
      case .report, .interrupt, .examined: held.append(message)
      case .request(_, _, _, let answer): answer(ControlReply(Self.refusal(by: outage)))
      case .deploy(_, _, let answer):
        observer?.deployFailed(Self.refusal(by: outage))
        answer(ControlReply(Self.refusal(by: outage)))
      case .stop: stop()
      }
    }
    guard time.monotonicNow >= outage.tryAgain else { return }
    self.outage = nil
    try settle()
    guard self.outage == nil else { return }
    observer?.outage(nil)
    let late = held
    held = []
    for message in late { receive(message) }
    try settle()
  }
}
