/// Reads the requests of one connection, in whatever pieces their bytes come.
public struct RequestParser: Sendable {
  /// What is known so far.
  public enum Step: Hashable, Sendable {
    /// More bytes must come.
    case incomplete
    /// The other end waits for a word before it sends the body; told once.
    case awaitsContinue
    case request(HTTPRequest)
    /// Nothing that follows can be trusted.
    case failed(RequestFailure)
  }

  private let limits: RequestLimits
  private var buffer: [UInt8] = []
  /// How much of the buffer holds no end of a head.
  private var scanned = 0
  /// Read, and its body is still coming.
  private var head: RequestHead?
  /// Empty lines that came before the request.
  private var emptyLines = 0
  /// Nobody needs more of them; whoever sends more only wants to be waited for.
  private static let mostEmptyLines = 2

  public init(limits: RequestLimits = RequestLimits()) { self.limits = limits }

  /// No request has begun.
  public var isBetweenRequests: Bool { buffer.isEmpty && head == nil && emptyLines == 0 }
  /// The head is there, and the body is not.
  public var isInBody: Bool { head != nil }

  /// Takes bytes as they came.
  public mutating func take(_ bytes: some Sequence<UInt8>) { buffer.append(contentsOf: bytes) }

  /// The next request in what was taken.
  public mutating func next() -> Step {
    do throws(RequestFailure) {
      if head == nil {
        guard let found = try takeHead() else { return .incomplete }
        head = found
        if found.expectsContinue, buffer.count < found.bodyLength { return .awaitsContinue }
      }
      guard let found = head, buffer.count >= found.bodyLength else { return .incomplete }
      head = nil
      var request = found.request
      request.body = Array(buffer.prefix(found.bodyLength))
      buffer.removeFirst(found.bodyLength)
      return .request(request)
    } catch {
      return .failed(error)
    }
  }

  /// The head at the front of the buffer; nil: its end is not there yet.
  private mutating func takeHead() throws(RequestFailure) -> RequestHead? {
    // RFC 9112 asks to pass over empty lines before a request.
    while scanned == 0, buffer.starts(with: "\r\n".utf8) {
      guard emptyLines < Self.mostEmptyLines else { throw .malformed("empty lines, and no request") }
      buffer.removeFirst(2)
      emptyLines += 1
    }
    if buffer == [UInt8(ascii: "\r")] { return nil }
    guard let end = headEnd() else {
      guard buffer.count <= limits.head else { throw tooLong }
      // A line that ends in LF alone never ends for us: it is refused now rather than at the deadline.
      try refuseBareEnds()
      return nil
    }
    guard end <= limits.head else { throw tooLong }
    let head = try RequestHead(parsing: buffer[..<(end - 2)], limits: limits)
    buffer.removeFirst(end)
    scanned = 0
    emptyLines = 0
    return head
  }

  private var tooLong: RequestFailure {
    RequestFailure(.headersTooLarge, "the head is longer than \(limits.head) bytes")
  }

  /// Where the empty line after a head ends.
  private mutating func headEnd() -> Int? {
    var place = max(3, scanned)
    while place < buffer.count {
      if buffer[place] == UInt8(ascii: "\n"), buffer[place - 1] == UInt8(ascii: "\r"),
        buffer[place - 2] == UInt8(ascii: "\n"), buffer[place - 3] == UInt8(ascii: "\r")
      {
        return place + 1
      }
      place += 1
    }
    return nil
  }

  private mutating func refuseBareEnds() throws(RequestFailure) {
    for place in scanned..<buffer.count {
      let byte = buffer[place]
      if byte == 0 { throw .malformed("the head holds a NUL") }
      if byte == UInt8(ascii: "\n"), place == 0 || buffer[place - 1] != UInt8(ascii: "\r") {
        throw .malformed("a line ends in LF alone")
      }
      if place > 0, buffer[place - 1] == UInt8(ascii: "\r"), byte != UInt8(ascii: "\n") {
        throw .malformed("a CR stands where no line ends")
      }
    }
    scanned = buffer.count
  }
}
