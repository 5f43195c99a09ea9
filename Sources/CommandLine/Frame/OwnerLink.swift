import Basics
import Glibc
import MeshModel
import Orchestration
import Records
import StatusPage

/// A process that owns the state and answers.
struct OwnerLink {
  let client: any ControlAsking
  /// Refuses what whoever asks may not.
  private let check: (ControlRequest, Set<String>?) throws(CommandFailure) -> Void
  var version: String
  var pid: Int32
  var startedAt: Instant
  /// It is `heddle serve`.
  var isDaemon: Bool
  /// How many attempts it lets work at once.
  var workers: Int

  /// How long it may take to say who it is. Nothing has to be committed for that.
  private static let patience = Duration.seconds(10)

  /// Asks who is there; nil: it is just going away.
  init?(
    _ client: any ControlAsking,
    checking check: @escaping (ControlRequest, Set<String>?) throws(CommandFailure) -> Void = {
      (_, _) throws(CommandFailure) in
    }
  ) throws(CommandFailure) {
    self.client = client
    self.check = check
    let reply: ControlReply
    do { reply = try client.ask(.hello, within: Self.patience) } catch {
      if error.kind == .gone { return nil }
      throw CommandFailure(error)
    }
    switch reply {
    case .hello(let version, let pid, let startedAt, let isDaemon, let workers):
      self.version = version
      self.pid = pid
      self.startedAt = startedAt
      self.isDaemon = isDaemon
      self.workers = workers
    case .refused(let kind, let message, let help):
      throw CommandFailure(SessionError(kind, message, help: help))
    case .accepted, .released, .done: throw Self.unexpected
    }
  }

  /// Asks for something; a refusal is thrown.
  ///
  /// - Parameter domains: what it changes something of, where the request itself does not tell.
  func ask(_ request: ControlRequest, of domains: Set<String>? = nil) throws(CommandFailure) -> ControlReply {
    try check(request, domains)
    let reply: ControlReply
    do { reply = try client.ask(request, within: nil) } catch { throw CommandFailure(error) }
    if case .refused(let kind, let message, let help) = reply {
      throw CommandFailure(SessionError(kind, message, help: help))
    }
    return reply
  }

  /// `the daemon (process 12)`.
  var name: String { isDaemon ? "the daemon (process \(pid))" : "process \(pid)" }

  /// Writes its members.
  func write(to writer: inout JSONWriter) {
    writer.key("version")
    writer.string(version)
    writer.key("pid")
    writer.integer(pid)
    writer.moment("since", startedAt)
    writer.key("is_daemon")
    writer.boolean(isDaemon)
  }

  static let unexpected = CommandFailure(
    .failed, "the process that owns the state answered something else than was asked",
    help: "does it run another version of heddle?")
}

extension Context {
  /// The process that owns the project's state; nil: nobody answers there.
  func ownerLink(_ project: Project) throws(CommandFailure) -> OwnerLink? {
    if let caller {
      return try OwnerLink(DeskClient(caller.desk, as: caller.wish.asker, clock: clock)) {
        (request, domains) throws(CommandFailure) in try caller.check(request, of: domains)
      }
    }
    do {
      return try ControlClient.connect(to: project.state, clock: clock).flatMap { try OwnerLink($0) }
    } catch let error as ControlError {
      throw CommandFailure(error)
    } catch let error as CommandFailure {
      throw error
    } catch {
      throw CommandFailure(.failed, "\(error)")
    }
  }

  /// Who does what a command wants.
  enum Hold {
    case theirs(OwnerLink)
    case ours(ForegroundWork)
  }

  /// How long an owner may be between taking the lock and answering, or between closing the door and giving
  /// the lock up.
  private static let settling: UInt64 = 10_000_000_000

  /// How long a state may be without an owner while one daemon takes over from another: if none was seen yet,
  /// and if one has gone before our eyes.
  private static let (gap, longGap): (UInt64, UInt64) = (500_000_000, 3_000_000_000)

  /// The owner of the state, or this process as its owner.
  ///
  /// - Parameters:
  ///   - isLocal: only this process will do.
  ///   - deploys: the command takes a release.
  ///   - runs: the command runs tasks, which a state that a daemon cares for leaves to the daemon.
  func hold(
    _ declared: @autoclosure () -> CheckedProject, _ project: Project, isLocal: Bool = false, runs: Bool,
    deploys: Bool = false
  ) throws(CommandFailure) -> Hold {
    let began = clock.monotonicNanoseconds
    var freeSince: UInt64?
    var gap = Self.gap
    while true {
      if !isLocal, let link = try ownerLink(project) { return .theirs(link) }
      let now = clock.monotonicNanoseconds
      let isPatient = !isLocal && now &- began < Self.settling
      let isOwned = StateOwner.isOwned(project.state)
      freeSince = isOwned ? nil : freeSince ?? now
      if isOwned { gap = Self.longGap }
      if runs, !isLocal, let freeSince, project.state.isServed {
        if now &- freeSince < gap {
          usleep(50_000)
          continue
        }
        throw CommandFailure(
          .noDaemon, "no daemon answers, and this state is one's",
          help: "start it: heddle serve; or do it without: --local")
      }
      if !isOwned || !isPatient {
        do { return .ours(try ForegroundWork(declared(), self, project, deploys: deploys)) } catch {
          guard error.code == .conflict, isPatient else { throw error }
        }
      }
      usleep(50_000)
    }
  }
}

extension StateDirectory {
  /// Whether a daemon has cared for the state, now or before.
  var isServed: Bool { access(served, F_OK) == 0 }
}

extension CommandFailure {
  init(_ error: ControlError) {
    let code: ExitCode =
      switch error.kind {
      case .gone: .noDaemon
      case .slow: .timedOut
      case .socket, .stranger, .garbled: .failed
      }
    self.init(code, error.message, help: error.help)
  }
}
