import CSystem
import Glibc

/// That the machine gave no further thread.
public struct ThreadError: Error, Hashable, CustomStringConvertible {
  /// What the C library answered.
  public let code: Int32

  public var description: String { "no thread can be started: \(String(cString: strerror(code)))" }
}

/// A thread of our own with a name that debuggers show.
public final class WorkerThread: @unchecked Sendable {
  /// Enough for the deepest recursion that SQLite and our own parsers allow, several times over; memory is
  /// taken only as it is touched.
  public static let stackBytes = 8 << 20

  private let thread: pthread_t
  private let joined = Guarded(false)

  /// Starts `body` on a new thread.
  ///
  /// - Parameters:
  ///   - name: at most 15 bytes of it are shown.
  ///   - stepsBack: where there are too few processors for all threads, most of the time is left to others.
  public init(
    name: String, stepsBack: Bool = false, body: @escaping @Sendable () -> Void
  ) throws(ThreadError) {
    let start = Unmanaged.passRetained(ThreadStart(name: name, stepsBack: stepsBack, body: body))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, Self.stackBytes)
    var created = pthread_t()
    let code = pthread_create(&created, &attributes, runThread, start.toOpaque())
    guard code == 0 else {
      start.release()
      throw ThreadError(code: code)
    }
    thread = created
  }

  deinit { joined.withLock { if !$0 { pthread_detach(thread) } } }

  /// Waits until the thread is over. Not to be called on the thread itself.
  public func join() {
    joined.withLock { done in
      if !done { pthread_join(thread, nil) }
      done = true
    }
  }
}

private final class ThreadStart: Sendable {
  let name: String
  let stepsBack: Bool
  let body: @Sendable () -> Void

  init(name: String, stepsBack: Bool, body: @escaping @Sendable () -> Void) {
    self.name = name
    self.stepsBack = stepsBack
    self.body = body
  }
}

private func runThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let argument else { return nil }
  let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
  heddle_name_thread(start.name)
  if start.stepsBack { heddle_humble_thread() }
  start.body()
  return nil
}
