import Execution
import Glibc
import HTTPServer
import Threads

/// The logs that were looked at of late, with what is known of their lines.
final class LogLibrary: Sendable {
  private static let most = 16
  private let indexes = Guarded<[(path: String, index: LogIndex)]>([])

  /// Nil: there is no such log.
  func open(_ path: String) -> LogIndex? {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    return indexes.withLock { indexes in
      if let place = indexes.firstIndex(where: { $0.path == path }) {
        let known = indexes.remove(at: place)
        if known.index.identity == status.st_ino {
          indexes.append(known)
          return known.index
        }
      }
      guard let index = LogIndex(path: path) else { return nil }
      indexes.append((path, index))
      if indexes.count > Self.most { indexes.removeFirst() }
      return index
    }
  }

  func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// The file itself, or a stretch of it, with its secrets hidden on the way; nil: there is none.
  func part(
    _ path: String, _ mask: SecretMask, _ range: (Int) -> Range<Int>?
  ) -> (body: HTTPResponse.Body, range: Range<Int>, size: Int)? {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return nil }
    var status = stat()
    guard fstat(descriptor, &status) == 0, let range = range(Int(status.st_size)) else {
      close(descriptor)
      return nil
    }
    let part = FilePart(owning: descriptor, offset: range.lowerBound, count: range.count)
    var body = HTTPResponse.Body.file(part)
    if !mask.isEmpty {
      body = .source(
        ByteSource(count: range.count) { piece in
          let start = range.lowerBound + piece.lowerBound
          return mask.stretch(start..<start + piece.count, of: part.descriptor)
        })
    }
    return (body, range, Int(status.st_size))
  }
}
