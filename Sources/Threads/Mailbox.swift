/// Where many threads leave messages for one owner, who takes all that are there at once.
///
/// Messages of one sender arrive in the order they were posted. A post costs a lock, and a wake-up only when
/// the owner sleeps.
public final class Mailbox<Message: Sendable>: @unchecked Sendable {
  private let monitor = Monitor()
  private var messages: [Message] = []
  private var ownerWaits = false

  public init() {}

  /// Puts a message in; it never waits.
  public func post(_ message: Message) {
    let ownerWaited = monitor.locked {
      messages.append(message)
      return ownerIsToWake()
    }
    if ownerWaited { monitor.signal() }
  }

  /// Posts several messages that the owner will see in one batch.
  public func post(contentsOf batch: some Sequence<Message>) {
    let ownerWaited = monitor.locked {
      messages.append(contentsOf: batch)
      return !messages.isEmpty && ownerIsToWake()
    }
    if ownerWaited { monitor.signal() }
  }

  /// Takes everything that was posted, waiting for something if need be. Only the owner calls this.
  ///
  /// - Parameter deadline: until when to wait, in nanoseconds of the monotonic clock (`Clock`); nil: as long
  ///   as it takes. A deadline in the past takes what is there.
  /// - Returns: the messages in the order of their arrival; empty only when the deadline is over.
  public func take(until deadline: UInt64? = nil) -> [Message] {
    monitor.locked {
      ownerWaits = true
      while messages.isEmpty {
        guard let deadline else {
          monitor.wait()
          continue
        }
        if !monitor.wait(until: deadline) { break }
      }
      ownerWaits = false
      var batch: [Message] = []
      swap(&batch, &messages)
      return batch
    }
  }

  /// Only once for each time it sleeps; and outside the lock, or it would wake only to wait for that.
  private func ownerIsToWake() -> Bool {
    defer { ownerWaits = false }
    return ownerWaits
  }
}
