/// A body of a known length whose bytes are made piece by piece, as the reader takes them.
public final class ByteSource: Sendable {
  let count: Int
  private let make: @Sendable (Range<Int>) -> [UInt8]?

  /// - Parameters:
  ///   - count: how many bytes there are in all.
  ///   - make: gives a stretch of them, on the server's thread, so it must not wait for anybody; nil ends the
  ///     connection.
  public init(count: Int, _ make: @escaping @Sendable (Range<Int>) -> [UInt8]?) {
    self.count = count
    self.make = make
  }

  /// The bytes from a place on, some of them.
  func bytes(from place: Int) -> [UInt8]? {
    let range = place..<min(count, place + 1 << 16)
    guard let bytes = make(range), bytes.count == range.count else { return nil }
    return bytes
  }
}
