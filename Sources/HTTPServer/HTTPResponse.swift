/// An answer: status, header fields and what follows them.
public struct HTTPResponse: Sendable {
  /// What follows the head.
  public enum Body: Sendable {
    case bytes([UInt8])
    case file(FilePart)
    case source(ByteSource)
    /// As long as somebody has something to say and somebody listens.
    case events(EventStream)
  }

  public var status: HTTPStatus
  /// Without those that the server adds: `date`, `content-length`, `connection`.
  public var headers: HeaderFields
  public var body: Body

  public init(_ status: HTTPStatus, _ headers: HeaderFields = HeaderFields(), body: Body = .bytes([])) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// An answer in plain text.
  public init(_ status: HTTPStatus, text: String) {
    self.init(
      status, ["content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff"],
      body: .bytes(Array((text + "\n").utf8)))
  }

  /// How many bytes the body has; nil: nobody knows yet.
  var length: Int? {
    switch body {
    case .bytes(let bytes): bytes.count
    case .file(let part): part.count
    case .source(let source): source.count
    case .events: nil
    }
  }

  /// The head as it is sent.
  ///
  /// - Parameters:
  ///   - date: as RFC 9110, section 6.6.1, has it.
  ///   - closes: the connection ends with the answer.
  func head(date: String, closes: Bool) -> [UInt8] {
    var text = "HTTP/1.1 \(status.code) \(status.title)\r\n"
    text += "date: \(date)\r\n"
    for field in headers.fields { text += "\(field.name): \(field.value)\r\n" }
    if let length, !status.hasNoContent { text += "content-length: \(length)\r\n" }
    if closes || length == nil { text += "connection: close\r\n" }
    return Array((text + "\r\n").utf8)
  }
}

extension HeaderFields: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, String)...) {
    self.init()
    for (name, value) in elements { add(name, value) }
  }
}
