/// How large a request may be.
public struct RequestLimits: Hashable, Sendable {
  /// The longest request line, without its end.
  public var line = 8 << 10
  /// The longest head, with its request line.
  public var head = 32 << 10
  /// The most header fields.
  public var fields = 100
  /// The longest body.
  public var body = 1 << 20

  public init() {}
}

/// Why a request is refused before anybody looks at what it wants. The connection ends with it: where the
/// next request would begin is no longer sure.
public struct RequestFailure: Error, Hashable, Sendable {
  public var status: HTTPStatus
  /// One sentence in lower case, without a full stop.
  public var reason: String

  init(_ status: HTTPStatus, _ reason: String) {
    self.status = status
    self.reason = reason
  }

  static func malformed(_ reason: String) -> RequestFailure { RequestFailure(.badRequest, reason) }
}
