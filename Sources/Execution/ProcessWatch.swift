import Basics
import CSystem
import Glibc
import MeshModel
import Planning

/// Waits for one process, and ends it when its attempt is told to end.
struct ProcessWatch {
  let pid: pid_t
  let key: AttemptKey
  /// Readable once the process is over.
  let process: FileDescriptor
  /// Readable once somebody asked the attempt to end.
  let waker: FileDescriptor
  let control: AttemptControl
  let clock: any Clock

  /// Why the process was told to end, if it was.
  private(set) var stopped: StopCause?
  private(set) var wasKilled = false
  private var killAt = UInt64.max

  init(
    pid: pid_t, key: AttemptKey, process: FileDescriptor, waker: FileDescriptor, control: AttemptControl,
    clock: any Clock
  ) {
    self.pid = pid
    self.key = key
    self.process = process
    self.waker = waker
    self.control = control
    self.clock = clock
  }

  /// Returns when the process is over but not reaped yet, so that its number stays its own; if it was told to
  /// end, when nothing of its attempt is left.
  mutating func untilOver(running: (ProcessIdentity) -> Void) {
    let reportAfter = LocalProcessRunner.reportAfterNanoseconds
    var timeout = Int32(clamping: reportAfter / 1_000_000)
    var isReported = false
    while !wait(milliseconds: timeout) {
      if !isReported && stopped == nil, let identity = ProcessCensus.identity(of: pid) {
        isReported = true
        running(identity)
      }
      obey()
      timeout = stopped == nil ? -1 : millisecondsUntilKill
    }
    if stopped != nil { endLeftovers() }
  }

  /// True: the process is over. False: time is, or somebody asked for its end.
  private func wait(milliseconds: Int32) -> Bool {
    var descriptors = [
      pollfd(fd: process.number, events: Int16(POLLIN), revents: 0),
      pollfd(fd: waker.number, events: Int16(POLLIN), revents: 0),
    ]
    _ = poll(&descriptors, 2, milliseconds)
    if descriptors[1].revents != 0 {
      var count: UInt64 = 0
      _ = read(waker.number, &count, MemoryLayout<UInt64>.size)
    }
    return descriptors[0].revents != 0
  }

  /// Asks the attempt's processes to end, and kills them once the grace is over.
  private mutating func obey() {
    guard let request = control.request else { return }
    killAt = request.killAt
    let isTimeUp = clock.monotonicNanoseconds >= killAt
    if stopped == nil {
      stopped = request.cause
      if !isTimeUp { send(SIGTERM) }
    }
    if isTimeUp {
      wasKilled = true
      send(SIGKILL)
    }
  }

  private var millisecondsUntilKill: Int32 {
    let now = clock.monotonicNanoseconds
    // Once killed, a process may take a moment to go, and may have forked in that moment.
    guard killAt > now else { return 10 }
    return Int32(clamping: min((killAt - now) / 1_000_000 + 1, 60_000))
  }

  /// The process itself is over; what it left behind goes too.
  private mutating func endLeftovers() {
    var sweeps = 0
    while sweeps < ProcessCensus.sweeps {
      if ProcessCensus.members(leader: pid, key: key).isEmpty { return }
      if let request = control.request { killAt = request.killAt }
      if clock.monotonicNanoseconds >= killAt {
        wasKilled = true
        send(SIGKILL)
        sweeps += 1
      }
      usleep(sweeps < 10 ? 2000 : 20_000)
    }
  }

  /// To the whole group at once, then to all others of the session and those that left it with their key.
  private func send(_ number: Int32) {
    kill(-pid, number)
    for member in ProcessCensus.members(leader: pid, key: key)
    where number == SIGKILL || getpgid(member.pid) != pid {
      ProcessCensus.signal(number, to: member)
    }
  }
}
