import Basics
import CSystem
import Glibc
import MeshModel
import Planning

/// Waits for the end of a process that no keeper looks after any more, and ends it when its attempt is told
/// to end. Nobody learns its exit status.
struct OrphanWatch {
  private let orphan: ProcessIdentity
  private let key: AttemptKey
  /// Readable once the process is over.
  private let process: FileDescriptor
  /// Readable once somebody asked the attempt to end.
  private let waker: FileDescriptor
  private let control: AttemptControl
  private let clock: any Clock

  /// Why the process was told to end, if it was.
  private(set) var stopped: EndCause?
  private(set) var wasKilled = false
  private var killAt = UInt64.max
  private var gauge: LogGauge

  /// Nil when the process is over, or cannot be watched.
  init?(
    _ orphan: ProcessIdentity, key: AttemptKey, control: AttemptControl, clock: any Clock, gauge: LogGauge
  ) {
    guard let process = Shortage.outlast({ FileDescriptor(owning: heddle_pidfd_open(orphan.pid)) }),
      let waker = Shortage.outlast({ FileDescriptor(owning: heddle_eventfd()) }),
      ProcessCensus.isAlive(orphan)
    else { return nil }
    self.orphan = orphan
    self.key = key
    self.process = process
    self.waker = waker
    self.control = control
    self.clock = clock
    self.gauge = gauge
  }

  /// Wakes whoever waits. It may be called on any thread.
  var wake: @Sendable () -> Void {
    let waker = waker
    return {
      var one: UInt64 = 1
      _ = write(waker.number, &one, MemoryLayout<UInt64>.size)
    }
  }

  /// Returns when the process is over, or when we leave; if it was told to end, when nothing of its attempt
  /// is left.
  mutating func untilOver() {
    while !wait(milliseconds: timeout) {
      if control.isAbandoned { return }
      gauge.look(control, at: clock.monotonicNanoseconds)
      obey()
    }
    guard stopped != nil else { return }
    // The number of a session stays taken as long as anything is in it, and nothing new comes into it.
    let hadToKill = ProcessCensus.awaitEnd(leader: orphan.pid, key: key) {
      if control.isAbandoned { return .leave }
      if let request = control.request { killAt = request.killAt }
      return clock.monotonicNanoseconds >= killAt ? .kill : .wait
    }
    if hadToKill { wasKilled = true }
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

  private func send(_ number: Int32) {
    // Its descriptor is ours, so its number is; it leads its group.
    if ProcessCensus.isAlive(orphan) { kill(-orphan.pid, number) }
    ProcessCensus.signal(number, toOthersOf: orphan.pid, key: key)
  }

  /// Milliseconds until the kill or the next look at the log. Once killed, a process may take a moment to go,
  /// and may have forked in that moment.
  private var timeout: Int32 {
    let now = clock.monotonicNanoseconds
    let due = min(stopped == nil ? .max : max(killAt, now + 10_000_000), max(gauge.next, now + 10_000_000))
    return Int32(clamping: (due - now) / 1_000_000 + 1)
  }
}
