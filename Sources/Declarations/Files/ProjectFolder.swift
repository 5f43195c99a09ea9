import CSystem
import Glibc

/// The files of a project on disk. No path, and no symbolic link, leads out of it.
public final class ProjectFolder: DeclarationFiles {
  /// The absolute path of the project.
  public let root: String
  private let descriptor: Int32

  /// Opens the folder that holds `dags/`.
  public init(root: String) throws(FileProblem) {
    self.root = root
    descriptor = Glibc.open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.problem(errno) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  public func entries(of folder: String) throws(FileProblem) -> [FileEntry] {
    let held = try openBeneath(folder, flags: O_RDONLY | O_DIRECTORY)
    guard let stream = fdopendir(held) else {
      let number = errno
      close(held)
      throw Self.problem(number)
    }
    defer { closedir(stream) }
    var entries: [FileEntry] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
        tuple.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      guard !name.hasPrefix(".") else { continue }
      let isFolder =
        switch Int(entry.pointee.d_type) {
        case Int(DT_DIR): true
        case Int(DT_REG): false
        default: isDirectory(name, in: held)
        }
      entries.append(FileEntry(name: name, isFolder: isFolder))
    }
    return entries.sorted { $0.name < $1.name }
  }

  public func content(of path: String) throws(FileProblem) -> [UInt8] {
    // O_NONBLOCK: to open a pipe that nobody writes would wait for ever.
    let file = try openBeneath(path, flags: O_RDONLY | O_NONBLOCK)
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw Self.problem(errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile }
    guard status.st_size <= FileProblem.mostBytes else { throw .tooLarge(bytes: Int(status.st_size)) }
    return try Self.read(file, expecting: Int(status.st_size))
  }

  /// Reads to the end, also of a file that grows meanwhile, and never more than the limit.
  private static func read(_ file: Int32, expecting size: Int) throws(FileProblem) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: size + 1)
    var count = 0
    while true {
      if count == bytes.count {
        guard count <= FileProblem.mostBytes else { throw .tooLarge(bytes: count) }
        bytes.append(contentsOf: [UInt8](repeating: 0, count: max(4096, count)))
      }
      let got = bytes.withUnsafeMutableBytes { buffer in
        Glibc.read(file, buffer.baseAddress?.advanced(by: count), buffer.count - count)
      }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw problem(errno) }
      if got == 0 { break }
      count += got
    }
    guard count <= FileProblem.mostBytes else { throw .tooLarge(bytes: count) }
    bytes.removeLast(bytes.count - count)
    return bytes
  }

  private func openBeneath(_ path: String, flags: Int32) throws(FileProblem) -> Int32 {
    // EAGAIN: somebody renamed a folder on the way, so the kernel cannot vouch for the path; ask again.
    for _ in 0..<100 {
      let file = heddle_open_beneath(descriptor, path.isEmpty ? "." : path, flags, 0)
      if file >= 0 { return file }
      guard errno == EAGAIN || errno == EINTR else { break }
    }
    throw Self.problem(errno)
  }

  private func isDirectory(_ name: String, in folder: Int32) -> Bool {
    var status = stat()
    return fstatat(folder, name, &status, 0) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private static func problem(_ number: Int32) -> FileProblem {
    switch number {
    case ENOENT: .missing
    case EXDEV: .leadsOutside
    case ENOTDIR, EISDIR, ENXIO: .notAFile
    case ENOSYS: .unreadable(reason: "the kernel is older than Linux 5.6 and has no openat2")
    default: .unreadable(reason: String(cString: strerror(number)))
    }
  }
}
