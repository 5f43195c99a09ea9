import Glibc

/// Why the owner of the state cannot be asked, or cannot be reached by others.
public struct ControlError: Error, Hashable, Sendable {
  /// What went wrong.
  public enum Kind: Hashable, Sendable {
    /// The socket cannot be made, or not be connected to.
    case socket
    /// Whoever listens there is not somebody to trust.
    case stranger
    /// What came is no message of this protocol.
    case garbled
    /// The connection ended before the answer.
    case gone
    /// No answer came in time.
    case slow
  }

  public var kind: Kind
  /// One sentence in lower case, without a full stop.
  public var message: String
  public var help: String?

  init(_ kind: Kind, _ message: String, help: String? = nil) {
    self.kind = kind
    self.message = message
    self.help = help
  }

  /// What a failed call means.
  static func system(_ what: String, _ code: Int32) -> ControlError {
    ControlError(.socket, "\(what): \(String(cString: strerror(code)).lowercased())")
  }
}
