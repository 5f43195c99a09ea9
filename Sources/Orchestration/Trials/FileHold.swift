import CSystem
import Glibc

/// A file that is locked as long as this is there, whatever becomes of the process: the kernel lets go.
final class FileHold: Sendable {
  private let descriptor: Int32

  /// Makes the file and locks it.
  init(_ path: String) throws(SessionError) {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0, heddle_lock_file(descriptor) == 0 else {
      let message = "'\(path)' cannot be locked: \(String(cString: strerror(errno)))"
      if descriptor >= 0 { close(descriptor) }
      throw SessionError(.environment, message)
    }
  }

  deinit { close(descriptor) }

  /// Whether somebody holds it; nil: there is no such file.
  static func isHeld(_ path: String) -> Bool? {
    let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return errno == ENOENT ? nil : true }
    defer { close(descriptor) }
    return heddle_is_locked(descriptor) == 1
  }
}
