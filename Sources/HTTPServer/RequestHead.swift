/// The head of a request, read to the letter of RFC 9112 and without any of the leniences it allows.
struct RequestHead {
  var request: HTTPRequest
  /// How many bytes of body follow.
  var bodyLength: Int
  /// The other end waits to be told that it may send them.
  var expectsContinue: Bool

  /// Fields that say one thing, so that a second one of the name would be a second opinion.
  private static let single: Set<String> = [
    "authorization", "content-length", "content-type", "cookie", "expect", "host", "origin", "range",
    "transfer-encoding", "x-heddle-csrf",
  ]

  /// Reads a head without the empty line at its end.
  init(parsing bytes: ArraySlice<UInt8>, limits: RequestLimits) throws(RequestFailure) {
    var lines = try Self.lines(bytes)[...]
    guard let first = lines.popFirst() else { throw .malformed("the request is empty") }
    guard first.count <= limits.line else {
      throw RequestFailure(.targetTooLong, "the request line is longer than \(limits.line) bytes")
    }
    guard lines.count <= limits.fields else {
      throw RequestFailure(.headersTooLarge, "there are more than \(limits.fields) header fields")
    }
    let line = try RequestLine(parsing: first)
    let headers = try Self.fields(lines)
    let (target, host) = try Self.subject(line, headers)
    request = HTTPRequest(
      method: line.method, target: target, version: line.version, headers: headers, host: host)
    bodyLength = try Self.bodyLength(headers, line.version, limits)
    expectsContinue = try Self.expectsContinue(headers, line.version)
  }

  /// Lines end in CR LF, and neither stands anywhere else.
  private static func lines(_ bytes: ArraySlice<UInt8>) throws(RequestFailure) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    var start = bytes.startIndex
    for place in bytes.indices {
      switch bytes[place] {
      case UInt8(ascii: "\n"):
        guard place > start, bytes[place - 1] == UInt8(ascii: "\r") else {
          throw .malformed("a line ends in LF alone")
        }
        lines.append(bytes[start..<place - 1])
        start = place + 1
      case UInt8(ascii: "\r"):
        guard place + 1 < bytes.endIndex, bytes[place + 1] == UInt8(ascii: "\n") else {
          throw .malformed("a CR stands where no line ends")
        }
      case 0: throw .malformed("the head holds a NUL")
      default: continue
      }
    }
    return lines
  }

  private static func fields(_ lines: ArraySlice<ArraySlice<UInt8>>) throws(RequestFailure) -> HeaderFields {
    var headers = HeaderFields()
    var seen: Set<String> = []
    for line in lines {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
        throw .malformed("a header field has no colon")
      }
      let name = line[..<colon]
      guard !name.isEmpty, name.allSatisfy(\.isToken) else {
        throw .malformed("the name of a header field holds what no name may, such as a space")
      }
      let value = line[(colon + 1)...]
      guard value.allSatisfy(\.isFieldContent) else {
        throw .malformed("the value of a header field holds a control character")
      }
      let key = String(decoding: name, as: UTF8.self).lowercased()
      guard seen.insert(key).inserted || !single.contains(key) else {
        throw .malformed("'\(key)' stands there twice")
      }
      headers.add(key, String(Substring(decoding: value, as: UTF8.self).trimmingWhitespace))
    }
    return headers
  }

  /// What the request is about and whom it is for. A target with a host of its own must name the same one.
  private static func subject(
    _ line: RequestLine, _ headers: HeaderFields
  ) throws(RequestFailure) -> (RequestTarget, RequestHost) {
    guard let said = headers["host"] else { throw .malformed("there is no 'host'") }
    guard let host = RequestHost(said) else { throw .malformed("'host' names no host") }
    var text = Substring(line.target)
    if text.first != "/" {
      guard let scheme = ["http://", "https://"].first(where: { text.lowercased().hasPrefix($0) }) else {
        throw .malformed("the target is no path")
      }
      text = text.dropFirst(scheme.count)
      let authority = text.prefix { $0 != "/" && $0 != "?" }
      guard RequestHost(authority) == host else { throw .malformed("the target and 'host' disagree") }
      text = text[authority.endIndex...]
      if text.first != "/" { text = "/" + text }
    }
    guard let target = RequestTarget(text) else { throw .malformed("the target is no path to the letter") }
    return (target, host)
  }

  /// There is one length, in digits, or no body.
  private static func bodyLength(
    _ headers: HeaderFields, _ version: HTTPRequest.Version, _ limits: RequestLimits
  ) throws(RequestFailure) -> Int {
    let length = headers["content-length"]
    if headers["transfer-encoding"] != nil {
      guard length == nil, version == .http11 else { throw .malformed("the body has two lengths") }
      throw RequestFailure(.lengthRequired, "bodies in chunks are not taken; say 'content-length'")
    }
    guard let length else { return 0 }
    guard !length.isEmpty, length.utf8.allSatisfy(\.isDigit) else {
      throw .malformed("'content-length' is no number in digits")
    }
    guard let count = Int(length), count <= limits.body else {
      throw RequestFailure(.contentTooLarge, "the body is longer than \(limits.body) bytes")
    }
    return count
  }

  private static func expectsContinue(
    _ headers: HeaderFields, _ version: HTTPRequest.Version
  ) throws(RequestFailure) -> Bool {
    guard let expected = headers["expect"], version == .http11 else { return false }
    guard expected.lowercased() == "100-continue" else {
      throw RequestFailure(.expectationFailed, "only '100-continue' may be expected")
    }
    return true
  }
}
