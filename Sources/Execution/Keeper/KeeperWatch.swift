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

  private(set) var wasKilled = false
  private var isStopped = false
  private var isLeaving = false
  private var killAt = UInt64.max
  private var process: KeptProcess?

  init(
    key: AttemptKey, link: KeeperLink, news: Mailbox<KeeperNews>, control: AttemptControl, clock: any Clock
  ) {
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
      obey()
    }
  }

  /// When to look up although nobody wrote: for the kill; once killed, a process may take a moment to go, and
  /// may have forked in that moment.
  private var lookUp: UInt64? {
    guard isStopped else { return nil }
    let now = clock.monotonicNanoseconds
    return killAt > now ? killAt : now + 10_000_000
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
  private func send(_ number: Int32, _ cause: StopCause) {
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

extension StopCause {
  /// As a keeper keeps it; 0 is none.
  var code: UInt8 {
    switch self {
    case .cancelled: 1
    case .timedOut: 2
    }
  }

  init?(code: UInt8) {
    switch code {
    case 1: self = .cancelled
    case 2: self = .timedOut
    default: return nil
    }
  }
}
