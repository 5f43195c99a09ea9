import Basics
import CSystem
import Glibc
import MeshModel

/// An attempt's process, as its keeper holds it.
struct KeptChild {
  enum State {
    case running
    /// Over, but a signal was sent for it: its number stays its own until the owner lets it go.
    case held
    case ended(ExitRecord)
  }

  let token: UInt64
  var process: KeptProcess
  /// Readable once the process is over; nil once that is known.
  var watch: FileDescriptor?
  var state = State.running
  /// The connection that is told its end.
  var listener: UInt64?
  var isHeld = false
  var cause: UInt8 = 0
  var wasKilled = false

  var answer: KeeperAnswer {
    switch state {
    case .running: .running(process)
    case .held: .over(process)
    case .ended(let record): .ended(record)
    }
  }

  /// What of it must be in the journal, if it is long enough there to be.
  var entry: KeeperJournal.Entry? {
    switch state {
    case .running, .held: process.startTime == 0 ? nil : .running(process)
    case .ended(let record): .ended(record)
    }
  }

  /// Looks up when the process started, once. It costs more than a signal, and most are over before anybody
  /// asks.
  mutating func identify() {
    guard process.startTime == 0, case .running = state else { return }
    process.startTime = ProcessStatus(atOnceOf: process.pid)?.startTime ?? 0
  }

  /// Takes the exit status of the process, which is over.
  mutating func reap(clock: any Clock) -> ExitRecord {
    var status: Int32 = 0
    var usage = rusage()
    while wait4(process.pid, &status, 0, &usage) < 0 && errno == EINTR {}
    // The kernel counts our own memory into the child's peak, for it began as a copy of us. Only a peak above
    // ours is surely its own.
    var own = rusage()
    getrusage(RUSAGE_SELF.rawValue, &own)
    let signal = heddle_termination_signal(status)
    let record = ExitRecord(
      process: process, manner: signal == 0 ? .exited(heddle_exit_status(status)) : .signalled(signal),
      cause: cause, wasKilled: wasKilled,
      processorMilliseconds: usage.ru_utime.milliseconds + usage.ru_stime.milliseconds,
      peakMemory: usage.ru_maxrss > own.ru_maxrss ? Int64(usage.ru_maxrss) * 1024 : nil,
      endedAt: clock.now.milliseconds)
    watch = nil
    state = .ended(record)
    return record
  }
}

extension timeval {
  fileprivate var milliseconds: Int64 { Int64(tv_sec) * 1000 + Int64(tv_usec) / 1000 }
}
