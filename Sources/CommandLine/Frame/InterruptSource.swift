import Glibc
import Threads

/// Who says that somebody pressed Ctrl-C.
public protocol InterruptSource: Sendable {
  /// From now on interrupts no longer end the process; each is told instead, numbered from 1, on another
  /// thread. A later call takes the place of the one before.
  ///
  /// To be called before other threads are started.
  func watch(_ told: @escaping @Sendable (_ count: Int) -> Void)

  /// From now on a SIGHUP is no interrupt, and is told here. To be called before `watch`.
  func watchHangups(_ told: @escaping @Sendable () -> Void)
}

extension InterruptSource {
  public func watchHangups(_ told: @escaping @Sendable () -> Void) {}
}

/// The process's own signals: SIGINT, SIGTERM and SIGHUP.
///
/// They are blocked and taken one by one by a thread that waits for them, so nothing runs inside a handler.
public struct ProcessSignals: InterruptSource {
  public init() {}

  /// Who is told, and how often it was; nil: nobody was ever to be told.
  private static let listener = Guarded<(told: @Sendable (Int) -> Void, count: Int)?>(nil)

  /// Who is told of a SIGHUP; nil: it is an interrupt like the others.
  private static let hangups = Guarded<(@Sendable () -> Void)?>(nil)

  public func watchHangups(_ told: @escaping @Sendable () -> Void) { Self.hangups.withLock { $0 = told } }

  /// Starts the thread that waits, once.
  public func watch(_ told: @escaping @Sendable (_ count: Int) -> Void) {
    let isFirst = Self.listener.withLock { listener in
      defer { listener = (told, 0) }
      return listener == nil
    }
    guard isFirst else { return }
    var signals = ProcessSignals.watched
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    let thread = try? WorkerThread(name: "signals") {
      var signals = ProcessSignals.watched
      while true {
        var signal: Int32 = 0
        guard sigwait(&signals, &signal) == 0 else { continue }
        if signal == SIGHUP, let told = Self.hangups.withLock({ $0 }) {
          told()
          continue
        }
        let listener = Self.listener.withLock { listener in
          listener?.count += 1
          return listener
        }
        if let listener { listener.told(listener.count) }
      }
    }
    // Without the thread the default remains: the signal ends the process, and recovery does the rest.
    if thread == nil { pthread_sigmask(SIG_UNBLOCK, &signals, nil) }
  }

  private static var watched: sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM, SIGHUP] where !isIgnored(signal) { sigaddset(&signals, signal) }
    return signals
  }

  /// Whoever started us wants the signal to pass us by, as nohup and background jobs do; waiting for it would
  /// take it all the same.
  private static func isIgnored(_ signal: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(signal, nil, &action) == 0 else { return false }
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
  }
}
