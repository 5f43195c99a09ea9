import CSystem
import Glibc
import MeshModel

/// A process that a thread of ours stands by until it ends, or its time is over.
///
/// It is a child of ours and of no keeper, and leads a session of its own: what it left in its group of
/// processes ends with it.
struct AttendedProcess {
  /// How it ended.
  enum End: Hashable {
    case exited(Int32)
    case signalled
    /// It was killed, because it took longer than it may.
    case tooLong
    /// It was killed for this.
    case refused(Reason)
  }

  /// The program and what it is given; a name without a slash is looked for along the environment's PATH.
  var arguments: [String]
  var environment: [String]
  var directory: String
  /// Where it writes what it says; the file is there. Nil: where it writes its errors.
  var output: String?
  /// Where it writes its errors; the file is there.
  var errors: String
  /// How long it may take, in milliseconds.
  var patience: Int32
  /// What it is called when it cannot be started.
  var code: String

  /// How often somebody looks whether it is to end, in milliseconds.
  private static let glance: Int32 = 100

  /// Starts it and waits for its end. It is killed when its time is over, and when nobody wants to know any
  /// more.
  ///
  /// - Parameter refusal: asked with each glance why it is to be killed; nil: it may go on.
  func run(
    _ control: AttemptControl, refusal: () -> Reason? = { nil }
  ) throws(AttemptFailure) -> End {
    let pid = try start()
    let process = FileDescriptor(owning: heddle_pidfd_open(pid))
    let failure = errno
    let cause = process.flatMap { wait(for: $0, control, refusal) }
    // Its number, and that of its session, is its own until it is waited for.
    kill(-pid, SIGKILL)
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    guard process != nil else {
      throw AttemptFailure(code, "'\(name)' cannot be watched", errno: failure)
    }
    return cause ?? (heddle_exited(status) != 0 ? .exited(heddle_exit_status(status)) : .signalled)
  }

  private var name: String { arguments.first ?? "" }

  private func start() throws(AttemptFailure) -> pid_t {
    for text in arguments + environment where text.utf8.contains(0) {
      throw AttemptFailure(code, "an argument or a variable would hold a NUL character")
    }
    let program = ProcessTask.path(of: name, environment: environment, directory: directory)
    var pid: pid_t = 0
    let failure = CTexts(arguments).withPointers { arguments in
      CTexts(environment).withPointers { environment in
        heddle_spawn(&pid, program, arguments, environment, directory, output, errors, nil)
      }
    }
    guard failure == 0 else { throw AttemptFailure(code, "'\(name)' cannot be started", errno: failure) }
    return pid
  }

  /// Until it has ended, or is to be killed; nil: not for a cause of ours.
  private func wait(
    for process: FileDescriptor, _ control: AttemptControl, _ refusal: () -> Reason?
  ) -> End? {
    var left = patience
    while !control.isOver {
      var question = pollfd(fd: process.number, events: Int16(POLLIN), revents: 0)
      if poll(&question, 1, Self.glance) > 0 { break }
      left -= Self.glance
      if left <= 0 { return .tooLong }
      if let reason = refusal() { return .refused(reason) }
    }
    return nil
  }
}
