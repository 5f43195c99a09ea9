import Glibc

/// Mutual exclusion between threads.
///
/// The standard library's `Mutex` raises false alarms under ThreadSanitizer, so this is the C library's, at
/// an address of its own because it must not move.
public final class Lock: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

  public init() { pthread_mutex_init(mutex, nil) }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  /// Runs `body` while no other thread is inside the same lock. Not reentrant.
  public func withLock<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body()
  }

  /// Runs `body` if no other thread is inside; nil: one is, and it did not wait for it.
  public func withLockIfFree<Result>(_ body: () -> Result) -> Result? {
    guard pthread_mutex_trylock(mutex) == 0 else { return nil }
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }
}

/// A value that only one thread at a time can reach.
public final class Guarded<Value>: @unchecked Sendable {
  private let lock = Lock()
  private var value: Value

  public init(_ value: sending Value) { self.value = value }

  /// Runs `body` with the value, alone.
  public func withLock<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try lock.withLock { () throws(Failure) -> Result in try body(&value) }
  }

  /// Runs `body` with the value if no other thread has it; nil: one has, and it did not wait for it.
  public func withLockIfFree<Result>(_ body: (inout Value) -> Result) -> Result? {
    lock.withLockIfFree { body(&value) }
  }
}
