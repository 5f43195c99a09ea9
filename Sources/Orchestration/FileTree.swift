import Basics
import CSystem
import Glibc

/// Why a file or folder could not be copied, made, moved or synced.
struct FileTreeError: Error, CustomStringConvertible {
  var path: String
  /// `cannot be read`.
  var what: String
  var code: Int32

  init(_ path: String, _ what: String, code: Int32 = errno) {
    self.path = path
    self.what = what
    self.code = code
  }

  var description: String { "'\(path)' \(what): \(String(cString: strerror(code)).lowercased())" }
}

/// Files and folders as wholes.
enum FileTree {
  /// Deeper than any project; a mount that contains itself would be copied for ever.
  static let deepest = 64

  /// The names in a folder, sorted; none where it cannot be read.
  static func entries(of path: String) -> [String] {
    FolderEntries(path)?.sorted() ?? []
  }

  /// The plain files below a folder, by their paths from there, sorted by folder.
  static func files(below path: String, depth: Int = 0) -> [String] {
    guard depth < deepest else { return [] }
    return entries(of: path).flatMap { name -> [String] in
      var status = stat()
      guard lstat("\(path)/\(name)", &status) == 0 else { return [] }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: return files(below: "\(path)/\(name)", depth: depth + 1).map { "\(name)/\($0)" }
      case S_IFREG: return [name]
      default: return []
      }
    }
  }

  /// Whether two files hold the same bytes; one that cannot be read is like none.
  static func holdSame(_ left: String, _ right: String) -> Bool {
    guard let first = fopen(left, "re") else { return false }
    defer { fclose(first) }
    guard let second = fopen(right, "re") else { return false }
    defer { fclose(second) }
    func piece(_ file: UnsafeMutablePointer<FILE>) -> [UInt8] {
      [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, count in
        count = fread(buffer.baseAddress, 1, buffer.count, file)
      }
    }
    while true {
      let (one, other) = (piece(first), piece(second))
      guard one == other, ferror(first) == 0, ferror(second) == 0 else { return false }
      if one.isEmpty { return true }
    }
  }

  static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// Whether a plain file is there.
  static func isFile(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Makes a folder and those above it, for this user only.
  static func makeFolder(_ path: String) throws(FileTreeError) {
    if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
      throw FileTreeError(path, "cannot be made")
    }
    try makeFolder(String(path[..<slash]))
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw FileTreeError(path, "cannot be made") }
  }

  /// Makes the folders above a file.
  static func makeFolder(above path: String) throws(FileTreeError) {
    guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
    try makeFolder(String(path[..<slash]))
  }

  /// Copies a folder with all that is in it; what is a link is copied as what it leads to.
  static func copyFolder(_ source: String, to target: String, depth: Int = 0) throws(FileTreeError) {
    guard depth < deepest else { throw FileTreeError(source, "lies too deep to be copied", code: ELOOP) }
    try makeFolder(target)
    for name in entries(of: source) {
      let (entry, copy) = ("\(source)/\(name)", "\(target)/\(name)")
      var status = stat()
      // A link to what is gone is not copied; whoever needs it fails as it would have there.
      guard stat(entry, &status) == 0 else { continue }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: try copyFolder(entry, to: copy, depth: depth + 1)
      case S_IFREG: try copyFile(entry, to: copy, mode: status.st_mode & 0o777 | 0o600)
      default: continue
      }
    }
  }

  /// Copies a file to where none is.
  static func copyFile(_ source: String, to target: String, mode: mode_t) throws(FileTreeError) {
    let from = open(source, O_RDONLY | O_CLOEXEC)
    guard from >= 0 else { throw FileTreeError(source, "cannot be read") }
    defer { close(from) }
    let to = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
    guard to >= 0 else { throw FileTreeError(target, "cannot be made") }
    defer { close(to) }
    while true {
      let count = sendfile(to, from, nil, 1 << 20)
      if count == 0 { return }
      if count < 0 && errno != EINTR { throw FileTreeError(target, "cannot be written") }
    }
  }

  /// Writes a file as a whole and durably: it is there with these bytes, or is as it was.
  static func write(_ bytes: [UInt8], to path: String) throws(FileTreeError) {
    let draft = path + ".new"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw FileTreeError(draft, "cannot be made") }
    defer { close(descriptor) }
    var done = 0
    while done < bytes.count {
      let put = bytes[done...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if put > 0 { done += put } else if errno != EINTR { throw FileTreeError(draft, "cannot be written") }
    }
    guard fsync(descriptor) == 0 else { throw FileTreeError(draft, "cannot be synced") }
    try rename(draft, to: path)
    try sync(path)
  }

  /// A file's length and the SHA-256 of what it holds.
  static func digest(of path: String) throws(FileTreeError) -> (bytes: Int64, sha256: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw FileTreeError(path, "cannot be read") }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    var sum = SHA256()
    var length: Int64 = 0
    while true {
      let got = read(descriptor, &buffer, buffer.count)
      if got == 0 { return (length, sum.hexadecimal) }
      if got > 0 {
        sum.update(buffer[..<got])
        length += Int64(got)
      } else if errno != EINTR {
        throw FileTreeError(path, "cannot be read")
      }
    }
  }

  /// The bytes of a file that is not large.
  static func contents(of path: String, most: Int) throws(FileTreeError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw FileTreeError(path, "cannot be read") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let got = read(descriptor, &buffer, buffer.count)
      if got == 0 { return bytes }
      if got < 0 && errno != EINTR { throw FileTreeError(path, "cannot be read") }
      if got > 0 { bytes += buffer[..<got] }
      guard bytes.count <= most else { throw FileTreeError(path, "is too long", code: EFBIG) }
    }
  }

  static func rename(_ path: String, to target: String) throws(FileTreeError) {
    guard Glibc.rename(path, target) == 0 else { throw FileTreeError(path, "cannot be renamed") }
  }

  /// Has everything written to the disk that the file system of a path lies on.
  static func sync(_ path: String) throws(FileTreeError) {
    guard heddle_sync_file_system(path) == 0 else { throw FileTreeError(path, "cannot be synced") }
  }

  /// Takes a folder or file away with all that is in it, as far as that can be done.
  static func remove(_ path: String) {
    if unlink(path) == 0 { return }
    for name in entries(of: path) {
      let entry = "\(path)/\(name)"
      var status = stat()
      guard lstat(entry, &status) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFDIR { remove(entry) } else { unlink(entry) }
    }
    rmdir(path)
  }
}
