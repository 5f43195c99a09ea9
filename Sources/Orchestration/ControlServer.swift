import Basics
import CSystem
import Glibc
import Records
import Threads

/// Lets commands talk to the process that owns the state, over a Unix socket in its directory.
///
/// Only programs of the same user, or of root, are heard. One thread serves all connections; it never waits
/// for one of them.
public final class ControlServer: Sendable {
  /// What one who connects may take.
  public struct Limits: Sendable {
    public var connections = 64
    /// How long the rest of a line that has begun, or of an answer, may take.
    public var patience = Duration.seconds(10)

    public init() {}
  }

  private let state: StateDirectory
  private let outbox: ControlOutbox
  private let thread: WorkerThread
  private let file: FileIdentity?
  private let isClosed = Guarded(false)

  /// Listens at the state's socket. The caller holds the state's lock: whatever stands there belongs to an
  /// owner that is gone, and is replaced.
  public convenience init(
    state: StateDirectory, desk: any ControlDesk, clock: any Clock, limits: Limits = Limits()
  ) throws(ControlError) {
    let own = geteuid()
    try self.init(state: state, desk: desk, clock: clock, limits: limits) { $0 == own || $0 == 0 }
  }

  init(
    state: StateDirectory, desk: any ControlDesk, clock: any Clock, limits: Limits,
    trusts: @escaping @Sendable (uid_t) -> Bool
  ) throws(ControlError) {
    self.state = state
    guard let outbox = ControlOutbox() else { throw .system("the socket cannot be served", errno) }
    self.outbox = outbox
    let listener = try ControlSocket.listening(at: state.socket)
    file = FileIdentity(of: state.socket)
    do {
      thread = try WorkerThread(name: "control") {
        ControlLoop(
          listener: listener, outbox: outbox, desk: desk, clock: clock, limits: limits, trusts: trusts
        ).run()
      }
    } catch {
      unlink(state.socket)
      throw ControlError(.socket, "\(error)")
    }
  }

  deinit { close() }

  /// Sends the answers that are there, ends every connection, and removes the socket. What the desk answers
  /// later is not heard any more. Not to be called on the thread that calls the desk.
  public func close() {
    // Once: the next owner's socket may be made at the same place, and be given the same number.
    let isFirst = isClosed.withLock { isClosed in
      defer { isClosed = true }
      return !isClosed
    }
    guard isFirst else { return }
    outbox.close()
    thread.join()
    if let file, FileIdentity(of: state.socket) == file { unlink(state.socket) }
  }

  /// Tells a file from another that took its name.
  private struct FileIdentity: Equatable {
    var device: dev_t
    var number: ino_t

    init?(of path: String) {
      var status = stat()
      guard lstat(path, &status) == 0 else { return nil }
      device = status.st_dev
      number = status.st_ino
    }
  }
}

/// Answers of the desk on their way to the socket's thread.
final class ControlOutbox: Sendable {
  /// An answer and whose it is.
  struct Item: Sendable {
    var connection: Int
    var serial: Int
    var reply: ControlReply
  }

  /// Readable once something was put in.
  let waker: ControlSocket
  private let content = Guarded<(items: [Item], isClosed: Bool)>(([], false))

  init?() {
    guard let waker = ControlSocket(owning: heddle_eventfd()) else { return nil }
    self.waker = waker
  }

  func post(_ item: Item) {
    content.withLock { if !$0.isClosed { $0.items.append(item) } }
    wake()
  }

  func close() {
    content.withLock { $0.isClosed = true }
    wake()
  }

  /// Everything that was put in.
  func take() -> (items: [Item], isClosed: Bool) {
    var count: UInt64 = 0
    _ = read(waker.number, &count, MemoryLayout<UInt64>.size)
    return content.withLock { content in
      defer { content.items = [] }
      return content
    }
  }

  private func wake() {
    var one: UInt64 = 1
    _ = write(waker.number, &one, MemoryLayout<UInt64>.size)
  }
}
