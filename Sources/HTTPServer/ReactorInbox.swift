import CSystem
import Glibc
import Threads

/// What other threads want the server's thread to do, and what wakes it.
final class ReactorInbox: Sendable {
  enum Item: Sendable {
    case answer(HTTPResponse, connection: UInt64, serial: Int)
    /// The event stream of a connection has something to send, or is over.
    case stream(connection: UInt64)
    case stop
  }

  /// Becomes readable when something is there.
  let descriptor: Int32
  private let items = Guarded<[Item]>([])

  init?() {
    descriptor = heddle_eventfd()
    if descriptor < 0 { return nil }
  }

  deinit { close(descriptor) }

  func post(_ item: Item) {
    let wasEmpty = items.withLock { items in
      items.append(item)
      return items.count == 1
    }
    guard wasEmpty else { return }
    var one: UInt64 = 1
    _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
  }

  /// Everything that was posted.
  func take() -> [Item] {
    var count: UInt64 = 0
    _ = read(descriptor, &count, MemoryLayout<UInt64>.size)
    return items.withLock { items in
      defer { items = [] }
      return items
    }
  }
}
