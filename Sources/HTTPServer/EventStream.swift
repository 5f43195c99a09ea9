import Threads

/// Events on their way to one reader: somebody sends, the connection takes as fast as the reader does.
///
/// A reader that leaves too much lying is dropped: it comes back with the number of what it saw last.
public final class EventStream: Sendable {
  private struct State {
    var waiting: [UInt8] = []
    var isOver = false
    var isOverrun = false
    /// Wakes the connection.
    var wake: (@Sendable () -> Void)?
    /// Called once when it is over.
    var atEnd: (@Sendable () -> Void)?
  }

  /// One event as server-sent events have it.
  ///
  /// - Parameter data: one line.
  public static func frame(_ name: String, id: Int64? = nil, _ data: [UInt8]) -> [UInt8] {
    let head = "event: \(name)\n" + (id.map { "id: \($0)\n" } ?? "") + "data: "
    return Array(head.utf8) + data + Array("\n\n".utf8)
  }

  /// What the connection finds to send.
  enum Supply {
    case bytes([UInt8])
    /// Everything was sent, and nothing more comes.
    case over
    /// The reader is too slow.
    case overrun
  }

  private let most: Int
  private let state = Guarded(State())

  /// - Parameter most: how many bytes may wait for the reader.
  public init(most: Int = 1 << 20) { self.most = most }

  /// Nobody listens any more, or nobody speaks.
  public var isOver: Bool { state.withLock { $0.isOver } }

  /// Much waits for the reader: who can wait does so before more is sent.
  public var isFull: Bool { state.withLock { !$0.isOver && $0.waiting.count > most / 4 } }

  /// Called once when the stream is over, at once if it is already; on any thread.
  public func atEnd(_ body: @escaping @Sendable () -> Void) {
    let isOver = state.withLock { state in
      if !state.isOver { state.atEnd = body }
      return state.isOver
    }
    if isOver { body() }
  }

  /// Sends bytes, never waiting; false: the stream is over, or was ended because its reader is too slow.
  @discardableResult
  public func send(_ bytes: some Collection<UInt8>) -> Bool {
    let (isTaken, wake) = state.withLock { state -> (Bool, (@Sendable () -> Void)?) in
      guard !state.isOver, !state.isOverrun else { return (false, nil) }
      let wasEmpty = state.waiting.isEmpty
      if state.waiting.count + bytes.count > most {
        state.isOverrun = true
        state.waiting = []
        return (false, state.wake)
      }
      state.waiting.append(contentsOf: bytes)
      return (true, wasEmpty ? state.wake : nil)
    }
    wake?()
    return isTaken
  }

  /// Ends it once what was sent is with the reader.
  public func end() { finish() }

  /// The connection is there to take what is sent.
  func connect(_ wake: @escaping @Sendable () -> Void) { state.withLock { $0.wake = wake } }

  /// What there is to send.
  func supply() -> Supply {
    state.withLock { state in
      if state.isOverrun { return .overrun }
      if state.waiting.isEmpty, state.isOver { return .over }
      defer { state.waiting = [] }
      return .bytes(state.waiting)
    }
  }

  /// The reader is gone, or nothing more comes.
  func finish() {
    let (atEnd, wake) = state.withLock { state in
      defer {
        state.isOver = true
        state.atEnd = nil
      }
      return (state.atEnd, state.wake)
    }
    atEnd?()
    wake?()
  }
}
