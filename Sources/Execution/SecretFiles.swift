import Glibc
import MeshModel

/// The secrets of a state directory: one file each, readable by its owner only.
struct SecretFiles: Sendable {
  /// Longer ones do not fit into an environment anyway.
  static let mostBytes = 64 << 10

  let folder: String

  /// The secret's text, without the line end that editors add.
  func read(_ name: String) throws(AttemptFailure) -> String {
    let path = "\(folder)/\(name)"
    guard !name.isEmpty, !name.hasPrefix("."), !name.utf8.contains(UInt8(ascii: "/")) else {
      throw refusal("'\(name)' is no name of a secret")
    }
    guard let file = FileDescriptor(path: path, flags: O_RDONLY | O_NONBLOCK | O_NOFOLLOW) else {
      throw refusal(
        errno == ENOENT
          ? "the secret '\(name)' is missing: write it to \(path), readable by its owner only (mode 0600)"
          : "the secret \(path) cannot be read: \(systemMessage(errno))")
    }
    var status = stat()
    guard fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw refusal("the secret \(path) is no file")
    }
    guard status.st_mode & 0o077 == 0 else {
      throw refusal("the secret \(path) is open to others: chmod 600 it")
    }
    guard let bytes = file.read(most: Self.mostBytes + 1), bytes.count <= Self.mostBytes else {
      throw refusal("the secret \(path) cannot be read, or is larger than 64 KiB")
    }
    var content = bytes[...]
    if content.last == UInt8(ascii: "\n") { content.removeLast() }
    if content.last == UInt8(ascii: "\r") { content.removeLast() }
    guard let text = String(validating: content, as: UTF8.self), !content.contains(0) else {
      throw refusal("the secret \(path) is no text")
    }
    return text
  }

  private func refusal(_ text: String) -> AttemptFailure {
    AttemptFailure("secret", text, isPermanent: true)
  }
}
