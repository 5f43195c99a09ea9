import Glibc
import MeshModel

/// The bytes of an open file behind its byte order mark, read in large pieces and handed out one by one.
struct ByteStream {
  private let file: FileDescriptor
  private let path: String
  private var piece: [UInt8] = []
  private var position = 0
  private var isAtStart = true
  private var isAtEnd = false
  private let pieceBytes: Int

  init(_ file: FileDescriptor, path: String, pieceBytes: Int = 1 << 18) {
    self.file = file
    self.path = path
    self.pieceBytes = pieceBytes
  }

  /// The next byte without taking it; nil at the end.
  @inline(__always)
  mutating func peek() throws(AttemptFailure) -> UInt8? {
    if position == piece.count { try refill() }
    return position < piece.count ? piece[position] : nil
  }

  /// Takes the next byte; nil at the end.
  @inline(__always)
  mutating func take() throws(AttemptFailure) -> UInt8? {
    guard let byte = try peek() else { return nil }
    position += 1
    return byte
  }

  /// Takes bytes up to the first for which `isEnd` holds, that one left where it is, into `bytes`; stops soon
  /// after `bytes` is longer than `most`.
  @inline(__always)
  mutating func take(
    into bytes: inout [UInt8], most: Int, until isEnd: (UInt8) -> Bool
  ) throws(AttemptFailure) {
    while bytes.count <= most, try peek() != nil {
      let end = piece[position...].firstIndex(where: isEnd) ?? piece.count
      bytes.append(contentsOf: piece[position..<end])
      position = end
      if end < piece.count { return }
    }
  }

  private mutating func refill() throws(AttemptFailure) {
    guard !isAtEnd else { return }
    guard let bytes = file.read(most: max(pieceBytes, Self.mark.count)) else {
      throw AttemptFailure("load", "\(path) cannot be read: \(systemMessage(errno))", asksRetry: true)
    }
    isAtEnd = bytes.isEmpty
    piece = bytes
    position = isAtStart && bytes.starts(with: Self.mark) ? Self.mark.count : 0
    isAtStart = false
    if position == piece.count { try refill() }
  }

  private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
}
