import Basics
import Glibc
import MeshModel
import Planning
import Threads

/// Waits for one process that a keeper looks after, and ends it when its attempt is told to end.
struct KeeperWatch {
  /// What the waiting came to.
  enum Result {
    case ended(ExitRecord)
    case refused(Int32)
    /// The keeper never had it.
    case unknown
    /// The keeper is gone.
    case gone
    /// We leave; the process goes on.
    case abandoned
  }

  let key: AttemptKey
  let link: KeeperLink
  let news: Mailbox<KeeperNews>
  let control: AttemptControl
  let clock: any Clock
  private var gauge: LogGauge

  private(set) var wasKilled = false
  private var isStopped = false
  private var isLeaving = false
  private var killAt = UInt64.max
  private var process: KeptProcess?

  /// - Parameter gauge: looks at the log once the process is known to run.
  init(
    key: AttemptKey, link: KeeperLink, news: Mailbox<KeeperNews>, control: AttemptControl, clock: any Clock,
    gauge: LogGauge
  ) {
    self.gauge = gauge
    self.key = key
    self.link = link
    self.news = news
    self.control = control
    self.clock = clock
  }

  /// Returns when the process is over; if it was told to end, when nothing of its attempt is left.
  ///
  /// - Parameter running: told once which process it is, if it lives long enough for anybody to care.
  mutating func untilOver(running: (KeptProcess) -> Void) -> Result {
    while true {
      for item in news.take(until: lookUp) {
        switch item {
        case .stop:
          guard control.isAbandoned else { continue }
          if process != nil { return .abandoned }
          // Its log must not go before it has been opened.
          isLeaving = true
          link.send(.ask(key))
        case .gone: return .gone
        case .answer(.ended(let record)): return .ended(record)
        case .answer(.refused(_, let code)): return .refused(code)
        case .answer(.unknown): return .unknown
        case .answer(.hello): continue
        case .answer(.running(let seen)):
          if process == nil && !isStopped { running(seen) }
          process = seen
          // What left the session is looked for once the session is known.
          if isStopped { signalOthers(wasKilled ? SIGKILL : SIGTERM) }
          if isLeaving { return .abandoned }
        case .answer(.over(let seen)):
          process = seen
          if isLeaving { return .abandoned }
          endLeftovers(of: seen)
          if control.isAbandoned { return .abandoned }
          link.send(.release(key))
        }
      }
      if process != nil { gauge.look(control, at: clock.monotonicNanoseconds) }
      obey()
    }
  }

  /// When to look up although nobody wrote: for the log, and for the kill; once killed, a process may take a
  /// moment to go, and may have forked in that moment.
  private var lookUp: UInt64? {
    let look = process == nil ? nil : gauge.next
    guard isStopped else { return look }
    let now = clock.monotonicNanoseconds
    return min(killAt > now ? killAt : now + 10_000_000, look ?? .max)
  }

  /// Asks the attempt's processes to end, and kills them once the grace is over.
  private mutating func obey() {
    guard let request = control.request else { return }
    killAt = request.killAt
    let isTimeUp = clock.monotonicNanoseconds >= killAt
    if !isStopped || isTimeUp { send(isTimeUp ? SIGKILL : SIGTERM, request.cause) }
    isStopped = true
    if isTimeUp { wasKilled = true }
  }

  /// To the whole group at once, by the keeper, and then to all others.
  private func send(_ number: Int32, _ cause: EndCause) {
    link.send(.signal(key, number: number, cause: cause.code))
    signalOthers(number)
  }

  /// To all others of the session, and to those that left it with their key.
  private func signalOthers(_ number: Int32) {
    ProcessCensus.signal(number, toOthersOf: process?.pid, key: key)
  }

  /// The process itself is over; what it left behind goes too. Its number is still its own.
  private mutating func endLeftovers(of process: KeptProcess) {
    if let request = control.request { killAt = request.killAt }
    let hadToKill = ProcessCensus.awaitEnd(leader: process.pid, key: key) {
      if control.isAbandoned { return .leave }
      if let request = control.request { killAt = request.killAt }
      return clock.monotonicNanoseconds >= killAt ? .kill : .wait
    }
    if hadToKill { wasKilled = true }
  }
}
