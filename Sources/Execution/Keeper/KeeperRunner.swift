import Basics
import CSystem
import Glibc
import MeshModel
import Planning
import Threads

/// Starts processes through a keeper, so that they, their logs and their exit status outlive us.
///
/// The keeper is started with the first process, or found where an earlier owner left it. If it is killed,
/// what it had written down counts, and what is proven dead is lost.
public final class KeeperRunner: ProcessRunner {
  /// What could only be a keeper that goes away again and again.
  private static let mostTries = 3
  /// A keeper answers at once, unless the machine is busy beyond use.
  private static let patience: UInt64 = 30_000_000_000

  private let clock: any Clock
  private let spool: LogSpool
  private let keepers: KnownKeepers
  private let longestLog: Int

  /// - Parameters:
  ///   - folder: where the keepers of this state are found.
  ///   - program: what is started as a keeper; nil: this program.
  ///   - spool: a folder on the file system of the logs.
  ///   - longestLog: bytes that a log may have; nil: one GiB.
  public init(
    clock: any Clock, folder: String, program: String? = nil, spool: String, longestLog: Int? = nil
  ) {
    self.longestLog = longestLog ?? LogGauge.longest
    self.clock = clock
    self.spool = LogSpool(folder: spool)
    keepers = KnownKeepers(
      folder: KeeperFolder(path: folder), program: program ?? KeeperProgram.path)
  }

  public func begin(_ order: ProcessOrder, control: AttemptControl, sequel: ProcessSequel) -> Bool {
    guard order.output == nil, let link = keepers.ready, let log = try? spool.take() else { return false }
    let key = order.key
    let attend: @Sendable (Mailbox<KeeperNews>) -> Void = { [self] news in
      sequel.waiting { [self] (running) throws(AttemptFailure) in
        try end(of: order, log, over: link, news, control, running: running)
      }
    }
    let process = UnattendedProcess(
      ended: { [self] record in
        control.noteEnd()
        keepers.note(key, toldBy: link)
        spool.giveBack(log, keepAs: order.log)
        LogGauge(path: order.log, longest: longestLog).cut()
        sequel.over(record.end(killed: false))
      }, attend: attend)
    guard link.start(key, frame: WireFrame.around(spawn(order, log).encoded), process) else {
      spool.giveBack(log, keepAs: order.log)
      return false
    }
    control.listen(wake: { if let news = link.attend(to: key) { attend(news) } })
    return true
  }

  /// Waits for a process that `begin` has started.
  private func end(
    of order: ProcessOrder, _ log: SpooledLog, over link: KeeperLink, _ news: Mailbox<KeeperNews>,
    _ control: AttemptControl, running: (ProcessIdentity) -> Void
  ) throws(AttemptFailure) -> ProcessFate {
    let gauge = LogGauge(path: order.log, longest: longestLog)
    defer { finish(log, of: order, control, gauge) }
    return try control.listening(wake: { news.post(.stop) }) { () throws(AttemptFailure) in
      try end(of: order, log, over: link, news, control, gauge, running: running)
    }
  }

  private func finish(
    _ log: SpooledLog, of order: ProcessOrder, _ control: AttemptControl, _ gauge: LogGauge
  ) {
    spool.giveBack(log, keepAs: order.log)
    if !control.isAbandoned { gauge.cut() }
  }

  private func spawn(_ order: ProcessOrder, _ log: SpooledLog) -> KeeperRequest {
    .spawn(
      SpawnOrder(
        key: order.key, program: order.program, directory: order.directory,
        arguments: CTexts(order.arguments), environment: CTexts(order.environment), log: log.path,
        output: order.output))
  }

  public func run(
    _ order: ProcessOrder, control: AttemptControl, running: (ProcessIdentity) -> Void
  ) throws(AttemptFailure) -> ProcessFate {
    let log = try spool.take()
    let gauge = LogGauge(path: order.log, longest: longestLog)
    defer { finish(log, of: order, control, gauge) }
    if let output = order.output, FileDescriptor(path: output, flags: Self.anew, mode: 0o600) == nil {
      throw AttemptFailure("log", "\(output) cannot be made", errno: errno)
    }
    let news = Mailbox<KeeperNews>()
    return try control.listening(wake: { news.post(.stop) }) { () throws(AttemptFailure) in
      let link = try send(spawn(order, log), about: order.key, news)
      return try end(of: order, log, over: link, news, control, gauge, running: running)
    }
  }

  /// Waits for a process whose start was sent over the link.
  private func end(
    of order: ProcessOrder, _ log: SpooledLog, over link: KeeperLink, _ news: Mailbox<KeeperNews>,
    _ control: AttemptControl, _ gauge: LogGauge, running: (ProcessIdentity) -> Void
  ) throws(AttemptFailure) -> ProcessFate {
    let result = watch(order.key, over: link, news, control, gauge) { process in
      spool.keep(log, as: order.log)
      if let identity = process.identity { running(identity) }
    }
    switch result {
    case .over(let fate): return fate
    case .refused(let code): throw refusal(code, order, log: log)
    case .nobodyKnows: return try find(order.key, nil, log: order.log, news, control, running: running)
    }
  }

  public func adopt(
    _ key: AttemptKey, process: ProcessIdentity?, log: String, control: AttemptControl,
    running: (ProcessIdentity) -> Void
  ) throws(AttemptFailure) -> ProcessFate {
    let news = Mailbox<KeeperNews>()
    defer { if !control.isAbandoned { LogGauge(path: log, longest: longestLog).cut() } }
    return try control.listening(wake: { news.post(.stop) }) { () throws(AttemptFailure) in
      try find(key, process, log: log, news, control, running: running)
    }
  }

  public func settle(_ keys: [AttemptKey]) { keepers.settle(keys) }

  public func leave() {
    keepers.leave()
    spool.clear()
  }

  /// The numbers of the keepers that can be asked.
  public var keeperProcesses: [Int32] { keepers.links.map(\.pid) }

  private static let anew = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW

  /// Sends a request to a keeper of ours, whose answers go to `news` from now on.
  private func send(
    _ spawn: KeeperRequest, about key: AttemptKey, _ news: Mailbox<KeeperNews>
  ) throws(AttemptFailure) -> KeeperLink {
    let message = spawn.encoded
    guard message.count <= WireFrame.longest else { throw Self.tooLong }
    for _ in 0..<Self.mostTries {
      let link = try keepers.own()
      link.listen(for: key, news)
      // What did not go as a whole was never read as a whole, so it may go to another one.
      if link.send(frame: WireFrame.around(message)) { return link }
      link.stopListening(for: key)
      _ = news.take(until: 0)
    }
    throw AttemptFailure("keeper", "the keeper of processes ends whenever it is asked", asksRetry: true)
  }

  private enum Watched {
    case over(ProcessFate)
    case refused(Int32)
    case nobodyKnows
  }

  /// Waits for the end of a process by the link that tells about it.
  private func watch(
    _ key: AttemptKey, over link: KeeperLink, _ news: Mailbox<KeeperNews>, _ control: AttemptControl,
    _ gauge: LogGauge, running: (KeptProcess) -> Void
  ) -> Watched {
    var watch = KeeperWatch(key: key, link: link, news: news, control: control, clock: clock, gauge: gauge)
    let result = watch.untilOver(running: running)
    link.stopListening(for: key)
    switch result {
    case .ended(let record):
      keepers.note(key, toldBy: link)
      return .over(.ended(record.end(killed: watch.wasKilled)))
    case .refused(let code): return .refused(code)
    case .abandoned: return .over(.lost(Self.left))
    case .unknown, .gone: return .nobodyKnows
    }
  }

  /// Waits for a process that some keeper has, or had, or that only the system knows any more.
  private func find(
    _ key: AttemptKey, _ recorded: ProcessIdentity?, log: String, _ news: Mailbox<KeeperNews>,
    _ control: AttemptControl, running: (ProcessIdentity) -> Void
  ) throws(AttemptFailure) -> ProcessFate {
    for _ in 0..<Self.mostTries {
      guard let (link, answer) = ask(about: key, news) else { break }
      // What came before the answer is in it; a stop is looked up in the control.
      news.post(.answer(answer))
      if control.request != nil || control.isAbandoned { news.post(.stop) }
      let gauge = LogGauge(path: log, longest: longestLog)
      let result = watch(key, over: link, news, control, gauge) { process in
        spool.claim(process.log, as: log)
        if let identity = process.identity { running(identity) }
      }
      if case .ended(let record) = answer { spool.claim(record.process.log, as: log) }
      if case .over(let fate) = result { return fate }
    }
    switch keepers.legacy(of: key) {
    case .ended(let record)?:
      spool.claim(record.process.log, as: log)
      if record.cause != 0 { end(key, control) }
      return .ended(record.end(killed: record.wasKilled))
    case .running(let process)?:
      spool.claim(process.log, as: log)
      return orphan(key, process.identity ?? recorded, log: log, control, running: running)
    case .begun?, nil: return orphan(key, recorded, log: log, control, running: running)
    }
  }

  /// Asks all keepers; the one that knows the attempt tells its end to `news`.
  private func ask(
    about key: AttemptKey, _ news: Mailbox<KeeperNews>
  ) -> (KeeperLink, KeeperAnswer)? {
    for link in keepers.links {
      link.listen(for: key, news)
      link.send(.ask(key))
      if let answer = answer(news) { return (link, answer) }
      link.stopListening(for: key)
    }
    return nil
  }

  /// The first answer that comes; nil when the keeper knows nothing, or is gone.
  private func answer(_ news: Mailbox<KeeperNews>) -> KeeperAnswer? {
    let deadline = clock.monotonicNanoseconds &+ Self.patience
    while true {
      let items = news.take(until: deadline)
      if items.isEmpty { return nil }
      for item in items.reversed() {
        switch item {
        case .stop: continue
        case .gone, .answer(.unknown), .answer(.hello), .answer(.refused): return nil
        case .answer(let answer): return answer
        }
      }
    }
  }

  /// Waits for a process that no keeper has, proves it dead, and ends what it left: nobody could tell whether
  /// that still works for the attempt, and another attempt must not run beside it.
  private func orphan(
    _ key: AttemptKey, _ known: ProcessIdentity?, log: String, _ control: AttemptControl,
    running: (ProcessIdentity) -> Void
  ) -> ProcessFate {
    if let process = living(key, known) {
      running(process)
      if var watch = OrphanWatch(
        process, key: key, control: control, clock: clock,
        gauge: LogGauge(path: log, longest: longestLog))
      {
        control.listening(wake: watch.wake) { watch.untilOver() }
        if control.isAbandoned { return .lost(Self.left) }
        if let cause = watch.stopped {
          return .ended(
            ProcessEnd(exitCode: nil, signal: nil, stopped: cause, wasKilled: watch.wasKilled))
        }
      }
    }
    end(key, control)
    return .lost(
      Reason("lost", "its process is gone, and nobody was there to learn how it ended"))
  }

  private func living(_ key: AttemptKey, _ known: ProcessIdentity?) -> ProcessIdentity? {
    if let known { return ProcessCensus.isAlive(known) ? known : nil }
    if let leader = ProcessCensus.leader(of: key) { return leader }
    // A keeper that was killed in the middle of a start leaves a process that has its key in a moment.
    usleep(20_000)
    return ProcessCensus.leader(of: key)
  }

  /// Ends what is left of an attempt, however long that takes.
  private func end(_ key: AttemptKey, _ control: AttemptControl) {
    while !control.isAbandoned, !ProcessCensus.kill(key, process: nil).gone {}
  }

  private static let left = Reason("left", "its owner ended before it did")
  private static let tooLong = AttemptFailure(
    "process_start", "its arguments and environment are too long for the system", isPermanent: true)

  /// Says what the kernel had against the start.
  private func refusal(_ code: Int32, _ order: ProcessOrder, log: SpooledLog) -> AttemptFailure {
    guard access(log.path, W_OK) == 0 else {
      return AttemptFailure("log", "\(log.path) is gone or cannot be written", asksRetry: true)
    }
    let text: String
    switch code {
    case ENOENT, ENOTDIR:
      var status = stat()
      let hasFolder = stat(order.directory, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
      text =
        hasFolder
        ? "the program '\(order.program)' does not exist, or what its first line names does not"
        : "the folder '\(order.directory)' does not exist"
    case EACCES: text = "the program '\(order.program)' may not be executed"
    case ENOEXEC: text = "the program '\(order.program)' is no executable; a script begins with '#!'"
    case E2BIG: return Self.tooLong
    default:
      return AttemptFailure("process_start", "the process cannot be started", errno: code)
    }
    return AttemptFailure("process_start", text, isPermanent: true)
  }
}

extension ExitRecord {
  /// What it says to whoever waits for the process. It was stopped only if a signal came before its end.
  func end(killed: Bool) -> ProcessEnd {
    var end = ProcessEnd(exitCode: nil, signal: nil, processorMilliseconds: processorMilliseconds)
    switch manner {
    case .exited(let code): end.exitCode = Int(code)
    case .signalled(let number): end.signal = Int(number)
    }
    end.peakMemory = peakMemory
    end.stopped = EndCause(code: cause)
    end.wasKilled = end.stopped != nil && (killed || wasKilled)
    return end
  }
}
