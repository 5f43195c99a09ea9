import Glibc
import Threads

/// Who says that somebody pressed Ctrl-C.
public protocol InterruptSource: Sendable {
  /// From now on interrupts no longer end the process; each is told instead, numbered from 1, on another
  /// thread.
  ///
  /// To be called before other threads are started, and once.
  func watch(_ told: @escaping @Sendable (_ count: Int) -> Void)
}

/// The process's own signals: SIGINT, SIGTERM and SIGHUP.
///
/// They are blocked and taken one by one by a thread that waits for them, so nothing runs inside a handler.
public struct ProcessSignals: InterruptSource {
  public init() {}

  /// Starts the thread that waits.
  public func watch(_ told: @escaping @Sendable (_ count: Int) -> Void) {
    var signals = ProcessSignals.watched
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    let thread = try? WorkerThread(name: "signals") {
      var signals = ProcessSignals.watched
      var count = 0
      while true {
        var signal: Int32 = 0
        guard sigwait(&signals, &signal) == 0 else { continue }
        count += 1
        told(count)
      }
    }
    // Without the thread the default remains: the signal ends the process, and recovery does the rest.
    if thread == nil { pthread_sigmask(SIG_UNBLOCK, &signals, nil) }
  }

  private static var watched: sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
    return signals
  }
}
