import CSystem
import Glibc
import Records

/// Hides the secrets of a state wherever a log is shown: each byte of one becomes a star, so that places and
/// lengths stay as they are.
///
/// A secret of several lines is hidden line by line. What is shorter than four bytes is no secret that could
/// be told from chance, and stays.
struct SecretMask: Sendable {
  private static let shortest = 4
  private static let longest = 64 << 10
  private let pieces: [[UInt8]]
  /// How much must be seen of what stands around a place to know whether it is to be hidden.
  private let reach: Int

  init(pieces: [[UInt8]]) {
    // Longer ones first: they may hold shorter ones.
    self.pieces = pieces.filter { $0.count >= Self.shortest }.sorted { $0.count > $1.count }
    reach = self.pieces.first?.count ?? 0
  }

  /// The secrets that a state has now.
  init(of state: StateDirectory) {
    var pieces: [[UInt8]] = []
    for name in WebFolder.names(in: state.secrets) {
      guard let bytes = WebFolder.content(of: state.secrets + "/" + name, atMost: Self.longest) else {
        continue
      }
      pieces += bytes.split { $0 == 10 || $0 == 13 }.map(Array.init)
    }
    self.init(pieces: pieces)
  }

  var isEmpty: Bool { pieces.isEmpty }

  /// Hides what is to be hidden.
  func hide(in bytes: inout [UInt8]) {
    for piece in pieces {
      var from = 0
      while let place = Self.find(piece, in: bytes, from: from) {
        for hidden in place..<(place + piece.count) { bytes[hidden] = UInt8(ascii: "*") }
        from = place + piece.count
      }
    }
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

  /// A file of its own, without a name, that holds a stretch of another one with its secrets hidden; -1: none
  /// can be made.
  ///
  /// - Parameter folder: where it lies.
  func copy(_ range: Range<Int>, of descriptor: Int32, in folder: String) -> Int32 {
    var path = Array("\(folder)/.shown-\(String(repeating: "X", count: 6))".utf8CString)
    let copy = mkstemp(&path)
    guard copy >= 0 else { return -1 }
    _ = fcntl(copy, F_SETFD, FD_CLOEXEC)
    unlink(path)
    var place = range.lowerBound
    while place < range.upperBound {
      let part = place..<min(range.upperBound, place + 1 << 20)
      // Around the part lies what may begin before it or end after it.
      let start = max(0, part.lowerBound - reach)
      var bytes = [UInt8](repeating: 0, count: part.upperBound + reach - start)
      let count = bytes.count
      let got = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, count, off_t(start)) }
      guard got >= part.upperBound - start else { break }
      bytes.removeLast(count - got)
      hide(in: &bytes)
      let shown = bytes[(part.lowerBound - start)..<(part.upperBound - start)]
      guard shown.withUnsafeBytes({ write(copy, $0.baseAddress, $0.count) }) == shown.count else { break }
      place = part.upperBound
    }
    guard place == range.upperBound else {
      close(copy)
      return -1
    }
    return copy
  }
}
