import Basics
import CSystem
import Glibc
import Records

/// Hides the secrets of a state wherever a log is shown: each byte of one becomes a star, so that places and
/// lengths stay as they are.
///
/// A secret of several lines is hidden line by line. What is shorter than four bytes is no secret that could
/// be told from chance, and stays.
public struct SecretMask: Sendable {
  /// Why it is not known what is to be hidden; then nothing may be shown.
  public struct Unreadable: Error, Hashable, Sendable {
    /// One sentence in lower case, without a full stop.
    public let message: String
  }

  private static let shortest = 4

  /// A secret's line, and after how many bytes it can begin again within itself.
  private struct Piece: Sendable {
    var bytes: [UInt8]
    var period: Int
  }

  private let pieces: [Piece]
  /// How much must be seen on both sides of a place to know whether it is to be hidden.
  public let reach: Int

  /// Hides these.
  public init(pieces: [[UInt8]]) {
    self.pieces = Set(pieces).filter { $0.count >= Self.shortest }.map {
      Piece(bytes: $0, period: Self.period(of: $0))
    }
    reach = self.pieces.map(\.bytes.count).max() ?? 0
  }

  /// Hides the secrets that a state has now.
  public init(of state: StateDirectory) throws(Unreadable) {
    var pieces: [[UInt8]] = []
    guard let names = FolderEntries(state.secrets) else {
      if errno == ENOENT {
        self.init(pieces: [])
        return
      }
      throw Unreadable(message: "the secrets cannot be read: \(systemMessage(errno))")
    }
    for name in names where !name.hasPrefix(".") {
      let path = state.secrets + "/" + name
      guard let file = FileDescriptor(path: path, flags: O_RDONLY | O_NONBLOCK | O_NOFOLLOW) else {
        // What is gone, or is no file, is given to no task either.
        if errno == ENOENT || errno == ELOOP || errno == ENXIO { continue }
        throw Unreadable(message: "the secret '\(name)' cannot be read: \(systemMessage(errno))")
      }
      var status = stat()
      guard fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
        status.st_size <= SecretFiles.mostBytes
      else { continue }
      guard let bytes = file.read(most: SecretFiles.mostBytes) else {
        throw Unreadable(message: "the secret '\(name)' cannot be read")
      }
      pieces += bytes.split { $0 == 10 || $0 == 13 }.map(Array.init)
    }
    self.init(pieces: pieces)
  }

  /// There is nothing to hide.
  public var isEmpty: Bool { pieces.isEmpty }

  /// Hides what is to be hidden, also where secrets overlap.
  public func hide(in bytes: inout [UInt8]) {
    var hidden: [Range<Int>] = []
    for piece in pieces {
      var from = 0
      while let place = Self.find(piece.bytes, in: bytes, from: from) {
        var end = place + piece.bytes.count
        // What repeats itself is not looked for again byte by byte.
        while end + piece.period <= bytes.count,
          bytes[end..<end + piece.period].elementsEqual(bytes[end - piece.period..<end])
        {
          end += piece.period
        }
        hidden.append(place..<end)
        from = end - piece.bytes.count + piece.period
      }
    }
    for range in hidden { for place in range { bytes[place] = UInt8(ascii: "*") } }
  }

  /// A stretch of a file with its secrets hidden, those too that begin before it or end after it; nil: the
  /// file is shorter, or cannot be read.
  public func stretch(_ range: Range<Int>, of descriptor: Int32) -> [UInt8]? {
    let start = max(0, range.lowerBound - reach)
    let wanted = range.upperBound - start + reach
    var failed = false
    var bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
      while count < wanted, let base = buffer.baseAddress {
        let got = pread(descriptor, base + count, wanted - count, off_t(start + count))
        if got == 0 { break }
        if got > 0 { count += got } else if errno != EINTR { failed = true }
        if failed { break }
      }
    }
    guard !failed, bytes.count >= range.upperBound - start else { return nil }
    hide(in: &bytes)
    if start == range.lowerBound, bytes.count == range.count { return bytes }
    return Array(bytes[(range.lowerBound - start)..<(range.upperBound - start)])
  }

  private static func find(_ piece: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    bytes.withUnsafeBytes { buffer in
      piece.withUnsafeBytes { sought in
        guard let base = buffer.baseAddress, start <= buffer.count,
          let found = heddle_find(base + start, buffer.count - start, sought.baseAddress, sought.count)
        else { return nil }
        return base.distance(to: found)
      }
    }
  }

  /// The least number of bytes by which a text can be moved and still agree with itself.
  private static func period(of text: [UInt8]) -> Int {
    var borders = [0]
    for place in text.indices.dropFirst() {
      var border = borders[place - 1]
      while border > 0, text[border] != text[place] { border = borders[border - 1] }
      borders.append(text[border] == text[place] ? border + 1 : 0)
    }
    return text.count - (borders.last ?? 0)
  }
}
