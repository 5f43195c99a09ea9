import Glibc

/// The names in a folder, one after another as the file system has them, without `.` and `..`.
public final class FolderEntries: Sequence, IteratorProtocol {
  private let stream: OpaquePointer

  /// Nil: the folder cannot be read, and `errno` says why.
  public init?(_ path: String) {
    guard let stream = opendir(path) else { return nil }
    self.stream = stream
  }

  deinit { closedir(stream) }

  public func next() -> String? {
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { return name }
    }
    return nil
  }
}
