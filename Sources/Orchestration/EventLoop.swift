import Basics
import MeshModel
import Planning
import Records
import Threads

/// The one loop: take what came, decide, commit once, act.
///
/// One thread owns the scheduler and the only writing connection. Everything that waits is decided together
/// and committed in one transaction; only then do processes start and callers hear of it.
final class EventLoop {
  enum Message: Sendable {
    case event(SchedulerEvent)
    /// Somebody wants it to end: cancels everything, a second time at once.
    case interrupt
  }

  /// How long an observer is left without a pulse.
  private static let pulse = Duration.milliseconds(100)
  /// Attempts that end this soon after they started are so short that the commit is what they wait for; then
  /// the others of the batch are given a moment to end too, and share it. In nanoseconds.
  private static let short: UInt64 = 300_000
  private static let patience: UInt64 = 60_000

  private var scheduler: Scheduler
  private let writer: RecordWriter
  private let executor: any Executor
  private let mailbox: Mailbox<Message>
  private let time: SteadyTime
  private let observer: (any RunObserver)?
  private(set) var wasInterrupted = false
  /// When effects were last carried out, in nanoseconds of the clock that never steps.
  private var lastActed: UInt64 = 0

  init(
    scheduler: Scheduler, writer: RecordWriter, executor: any Executor, mailbox: Mailbox<Message>,
    time: SteadyTime, observer: (any RunObserver)?
  ) {
    self.scheduler = scheduler
    self.writer = writer
    self.executor = executor
    self.mailbox = mailbox
    self.time = time
    self.observer = observer
  }

  /// Turns until every run is final. An error is the record's: what could not be committed did not happen.
  func runUntilIdle(after events: [SchedulerEvent]) throws(RecordsError) {
    for event in events { scheduler.handle(event, at: time.now) }
    try decideAndAct()
    while !scheduler.isIdle {
      for message in takeBatch() { receive(message) }
      try decideAndAct()
    }
  }

  /// What came; where attempts are very short, what comes in the next moment as well.
  private func takeBatch() -> [Message] {
    var batch = mailbox.take(until: wakeUp())
    let arrival = time.monotonicNow
    guard !batch.isEmpty, arrival &- lastActed < Self.short else { return batch }
    while batch.count < scheduler.liveAttempts {
      let more = mailbox.take(until: arrival &+ Self.patience)
      if more.isEmpty { break }
      batch += more
    }
    return batch
  }

  private func receive(_ message: Message) {
    switch message {
    case .event(let event): scheduler.handle(event, at: time.now)
    case .interrupt:
      wasInterrupted = true
      scheduler.handle(.cancelAll, at: time.now)
    }
  }

  private func decideAndAct() throws(RecordsError) {
    let now = time.now
    let decisions = scheduler.decide(at: now)
    if !decisions.changes.isEmpty { try writer.commit(decisions.changes) }
    for effect in decisions.effects {
      switch effect {
      case .start(let order): executor.start(order)
      case .evaluate(let order): executor.evaluate(order)
      case .stop(let attempt, let cause, let grace): executor.stop(attempt, cause: cause, grace: grace)
      }
    }
    lastActed = time.monotonicNow
    if decisions.changes.isEmpty {
      observer?.pulse(at: now)
    } else {
      observer?.observe(decisions.changes, at: now)
    }
  }

  /// When to look up although nobody wrote.
  private func wakeUp() -> UInt64? {
    let due = scheduler.nextDeadline.map { time.monotonic(at: $0) }
    guard observer != nil else { return due }
    let pulse = time.monotonic(at: time.now + Self.pulse)
    return min(due ?? .max, pulse)
  }
}
