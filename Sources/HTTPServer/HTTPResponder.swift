/// Who answers requests.
public protocol HTTPResponder: Sendable {
  /// Answers a request. Called on the server's thread, so it must not wait.
  ///
  /// - Parameter answer: to be called exactly once, on any thread.
  func respond(to request: HTTPRequest, answer: @escaping @Sendable (HTTPResponse) -> Void)
  /// What is said to a request that could not be read, or that nobody has time for.
  func refusal(_ status: HTTPStatus, _ reason: String) -> HTTPResponse
}

extension HTTPResponder {
  public func refusal(_ status: HTTPStatus, _ reason: String) -> HTTPResponse {
    HTTPResponse(status, text: reason)
  }
}

/// How much the server lets others take.
public struct ServerLimits: Sendable {
  public var request = RequestLimits()
  /// More are told to come back later.
  public var connections = 512
  /// From the first byte of a request to the end of its head.
  public var head = Duration.seconds(10)
  /// From the end of a head to the end of its body.
  public var body = Duration.seconds(30)
  /// Between an answer and the next request.
  public var idle = Duration.seconds(30)
  /// What any answer may take to be read, besides the time for its length.
  public var answer = Duration.seconds(20)
  /// A reader takes at least so many bytes a second.
  public var rate = 64 << 10
  /// How long the other end is heard after the last word to it.
  public var linger = Duration.seconds(1)
  /// How long answers under way may take once the server is told to stop.
  public var farewell = Duration.seconds(2)

  public init() {}
}
