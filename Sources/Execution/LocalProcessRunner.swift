import Basics
import CSystem
import Glibc
import MeshModel
import Planning

/// Starts processes as children of this one.
///
/// Each gets a session of its own, default signals, no descriptor of ours, nothing to read and its log to
/// write to. It outlives us if we are killed; nobody learns its exit status then.
public struct LocalProcessRunner: ProcessRunner {
  /// A process that is over sooner is not reported as running: it costs a report and a commit, and while its
  /// start is recorded it can be found by its key.
  static let reportAfterNanoseconds: UInt64 = 100_000_000

  private let clock: any Clock
  private let spool: LogSpool

  /// - Parameter spool: a folder on the file system of the logs; what an earlier owner left there is removed.
  public init(clock: any Clock, spool: String) {
    self.clock = clock
    self.spool = LogSpool(folder: spool)
  }

  public func run(
    _ order: ProcessOrder, control: AttemptControl, running: (ProcessIdentity) -> Void
  ) throws(AttemptFailure) -> ProcessEnd {
    let log = try spool.take()
    defer { spool.giveBack(log, keepAs: order.log) }
    let pid = try start(order, log: log)
    guard let process = FileDescriptor(owning: heddle_pidfd_open(pid)) else {
      // Without a descriptor nobody could wait for it, or end it safely.
      let code = errno
      kill(-pid, SIGKILL)
      _ = reap(pid)
      throw AttemptFailure(
        "process_start", "the process cannot be watched: \(systemMessage(code))", asksRetry: true)
    }
    let waker = log.waker
    var watch = ProcessWatch(
      pid: pid, key: order.key, process: process, waker: waker, control: control, clock: clock)
    control.listening(wake: {
      var one: UInt64 = 1
      _ = write(waker.number, &one, MemoryLayout<UInt64>.size)
    }) {
      watch.untilOver { identity in
        spool.keep(log, as: order.log)
        running(identity)
      }
    }
    var end = reap(pid)
    end.stopped = watch.stopped
    end.wasKilled = watch.wasKilled
    return end
  }

  private func start(_ order: ProcessOrder, log: SpooledLog) throws(AttemptFailure) -> pid_t {
    if let output = order.output, FileDescriptor(path: output, flags: Self.anew, mode: 0o600) == nil {
      throw AttemptFailure("log", "\(output) cannot be made: \(systemMessage(errno))", asksRetry: true)
    }
    var pid: pid_t = 0
    let code = withStrings(order.arguments) { arguments in
      withStrings(order.environment) { environment in
        heddle_spawn(&pid, order.program, arguments, environment, order.directory, order.output, log.path)
      }
    }
    guard code == 0 else { throw Self.refusal(code, order, log: log) }
    return pid
  }

  private static let anew = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW

  /// Says what the kernel had against the start.
  private static func refusal(_ code: Int32, _ order: ProcessOrder, log: SpooledLog) -> AttemptFailure {
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
    case E2BIG: text = "its arguments and environment are too long for the system"
    default:
      return AttemptFailure(
        "process_start", "the process cannot be started: \(systemMessage(code))", asksRetry: true)
    }
    return AttemptFailure("process_start", text, isPermanent: true)
  }

  /// Takes the exit status of a child that is over.
  private func reap(_ pid: pid_t) -> ProcessEnd {
    var status: Int32 = 0
    var usage = rusage()
    while wait4(pid, &status, 0, &usage) < 0 && errno == EINTR {}
    // The kernel counts our own memory into the child's peak, for it began as a copy of us. Only a peak above
    // ours is surely its own.
    var own = rusage()
    getrusage(RUSAGE_SELF.rawValue, &own)
    let peak = usage.ru_maxrss > own.ru_maxrss ? Int64(usage.ru_maxrss) * 1024 : nil
    let signal = Int(heddle_termination_signal(status))
    return ProcessEnd(
      exitCode: signal == 0 ? Int(heddle_exit_status(status)) : nil, signal: signal == 0 ? nil : signal,
      processorMilliseconds: usage.ru_utime.milliseconds + usage.ru_stime.milliseconds, peakMemory: peak)
  }
}

extension timeval {
  fileprivate var milliseconds: Int64 { Int64(tv_sec) * 1000 + Int64(tv_usec) / 1000 }
}

/// Calls `body` with the texts as C has them: pointers to ends marked by zero, the last one nil.
private func withStrings<Result>(
  _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  var bytes: [CChar] = []
  var starts: [Int] = []
  bytes.reserveCapacity(texts.reduce(0) { $0 + $1.utf8.count + 1 })
  for text in texts {
    starts.append(bytes.count)
    for byte in text.utf8 { bytes.append(CChar(bitPattern: byte)) }
    bytes.append(0)
  }
  return bytes.withUnsafeMutableBufferPointer { buffer in
    var pointers = starts.map { start in buffer.baseAddress.map { $0 + start } }
    pointers.append(nil)
    return pointers.withUnsafeBufferPointer { pointers in
      // There is always the nil at the end, so there is an address.
      pointers.baseAddress.map(body) ?? withUnsafePointer(to: nil) { body($0) }
    }
  }
}
