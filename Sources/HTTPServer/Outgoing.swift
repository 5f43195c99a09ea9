/// What a connection has yet to send: bytes, then a file or a stream.
struct Outgoing {
  enum Result { case written, blocked, failed }

  private var bytes: ArraySlice<UInt8> = []
  private var file: (part: FilePart, sent: Int)?
  private var source: (bytes: ByteSource, taken: Int)?
  /// So much is made for one reader before others have their turn.
  private static let turn = 1 << 20
  private(set) var stream: EventStream?
  /// The stream has ended, and all of it is sent.
  private(set) var isOver = false

  /// Nothing waits for the reader now.
  var isEmpty: Bool { bytes.isEmpty && file == nil && source == nil }

  mutating func add(_ more: some Sequence<UInt8>) { bytes += more }

  mutating func add(_ body: HTTPResponse.Body) {
    switch body {
    case .bytes(let content): bytes += content
    case .file(let part): if part.count > 0 { file = (part, 0) }
    case .source(let made): if made.count > 0 { source = (made, 0) }
    case .events(let events): stream = events
    }
  }

  /// Sends as much as the reader takes now.
  mutating func write(to socket: TCPSocket) -> Result {
    var made = 0
    while true {
      if !bytes.isEmpty {
        switch socket.write(bytes) {
        case .moved(let count): bytes = bytes.dropFirst(count)
        case .blocked: return .blocked
        case .ended: return .failed
        }
      } else if let (part, sent) = file {
        switch socket.send(part, from: part.offset + sent, count: part.count - sent) {
        case .moved(let count): file = sent + count < part.count ? (part, sent + count) : nil
        case .blocked: return .blocked
        case .ended: return .failed
        }
      } else if let (body, taken) = source {
        // The socket is still ready, so this goes on at once.
        if made >= Self.turn { return .blocked }
        guard let more = body.bytes(from: taken) else { return .failed }
        bytes = more[...]
        made += more.count
        source = taken + more.count < body.count ? (body, taken + more.count) : nil
      } else if let stream {
        switch stream.supply() {
        case .overrun: return .failed
        case .over:
          isOver = true
          return .written
        case .bytes(let more):
          if more.isEmpty { return .written }
          bytes = more[...]
        }
      } else {
        bytes = []
        return .written
      }
    }
  }
}
