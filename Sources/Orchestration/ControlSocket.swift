import CSystem
import Glibc

/// A Unix stream socket that is closed when nothing holds it any more.
final class ControlSocket: Sendable {
  let number: Int32

  /// Takes over a descriptor; nil for a negative one.
  init?(owning number: Int32) {
    guard number >= 0 else { return nil }
    self.number = number
  }

  deinit { close(number) }

  /// A socket that is not connected to anything yet.
  static func make() throws(ControlError) -> ControlSocket {
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard let made = ControlSocket(owning: socket(AF_UNIX, type, 0)) else {
      throw .system("a socket cannot be made", errno)
    }
    return made
  }

  /// A socket that others can connect to at a path, only this user's programs and root's. What stands at the
  /// path is replaced in one step, so whoever asks finds the old one or this one.
  static func listening(at path: String) throws(ControlError) -> ControlSocket {
    let made = try make()
    let new = path + ".new"
    // The mode of the file that is made is the socket's own, less what the process masks.
    guard fchmod(made.number, 0o600) == 0 else { throw .system("'\(path)' cannot be made", errno) }
    var status = stat()
    if lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFSOCK {
      throw ControlError(.socket, "'\(path)' is no socket", help: "move it away")
    }
    unlink(new)
    let bound = try withAddress(of: new) { bind(made.number, $0, $1) }
    guard bound == 0 else { throw .system("'\(path)' cannot be made", errno) }
    guard listen(made.number, 64) == 0, rename(new, path) == 0 else {
      let reason = errno
      unlink(new)
      throw .system("'\(path)' cannot be made", reason)
    }
    _ = fcntl(made.number, F_SETFL, O_NONBLOCK)
    return made
  }

  /// Hands over the address of a path. One that is too long for an address is reached through the descriptor
  /// of its folder.
  static func withAddress<Result>(
    of path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) throws(ControlError) -> Result {
    let longest = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1
    guard path.utf8.count > longest else { return fill(path, body) }
    guard let slash = path.lastIndex(of: "/") else { throw tooLong(path) }
    let folder = open(String(path[..<slash]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw .system("'\(path[..<slash])' cannot be opened", errno) }
    defer { close(folder) }
    let short = "/proc/self/fd/\(folder)\(path[slash...])"
    guard short.utf8.count <= longest else { throw tooLong(path) }
    return fill(short, body)
  }

  private static func fill<Result>(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }

  private static func tooLong(_ path: String) -> ControlError {
    ControlError(
      .socket, "the path of the socket '\(path)' is too long", help: "choose a shorter one with --state")
  }

  /// The user at the other end; nil when nothing tells.
  var peer: uid_t? {
    var user = uid_t()
    return heddle_peer_user(number, &user) == 0 ? user : nil
  }

  /// What a step of reading or writing came to.
  enum Step {
    case moved(Int)
    /// Nothing can be moved now.
    case blocked
    /// The other end is gone.
    case ended
  }

  /// Reads what is there, at most `most` bytes, and adds it.
  func read(into bytes: inout [UInt8], most: Int) -> Step {
    var got = 0
    var chunk = [UInt8](unsafeUninitializedCapacity: most) { buffer, count in
      repeat { got = recv(number, buffer.baseAddress, most, 0) } while got < 0 && errno == EINTR
      count = max(0, got)
    }
    if got < 0 { return errno == EAGAIN ? .blocked : .ended }
    if got == 0 { return .ended }
    if bytes.isEmpty { swap(&bytes, &chunk) } else { bytes += chunk }
    return .moved(got)
  }

  /// Writes as much as the other end takes now.
  func write(_ bytes: ArraySlice<UInt8>) -> Step {
    var put = 0
    bytes.withUnsafeBytes { buffer in
      repeat {
        put = send(number, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
      } while put < 0 && errno == EINTR
    }
    if put < 0 { return errno == EAGAIN ? .blocked : .ended }
    return .moved(put)
  }
}
