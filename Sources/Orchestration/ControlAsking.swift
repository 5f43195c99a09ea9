import Basics
import Glibc
import MeshModel
import Threads

/// Who passes what is asked to the process that owns the state. Used by one thread at a time.
public protocol ControlAsking: AnyObject {
  /// Asks, and waits for the answer.
  ///
  /// - Parameter within: how long to wait; nil: as long as the owner is there.
  func ask(_ request: ControlRequest, within: Duration?) throws(ControlError) -> ControlReply

  /// Whether the owner has gone, waiting for that up to some milliseconds.
  func isGone(within milliseconds: Int32) -> Bool
}

extension ControlClient: ControlAsking {}

/// Asks the loop of this very process, in somebody's name.
public final class DeskClient: ControlAsking {
  /// How long the loop may take where nobody says so: others wait for the thread that asks.
  private static let patience = Duration.seconds(60)

  private let desk: any ControlDesk
  private let asker: Asker
  private let clock: any Clock

  /// - Parameter asker: who is written down as the one who asked.
  public init(_ desk: any ControlDesk, as asker: Asker, clock: any Clock) {
    self.desk = desk
    self.asker = asker
    self.clock = clock
  }

  public func ask(_ request: ControlRequest, within: Duration?) throws(ControlError) -> ControlReply {
    let answers = Mailbox<ControlReply>()
    desk.take(request, from: asker) { answers.post($0) }
    let deadline = (within ?? Self.patience).deadline(from: clock.monotonicNanoseconds)
    guard let reply = answers.take(until: deadline).first else {
      throw ControlError(
        .slow, "the daemon does not answer", help: "what was asked may still be done: look before you repeat")
    }
    return reply
  }

  /// The loop goes with its process, and who asks with it.
  public func isGone(within milliseconds: Int32) -> Bool {
    usleep(UInt32(max(0, milliseconds)) * 1000)
    return false
  }
}
