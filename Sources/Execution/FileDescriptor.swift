import Glibc

/// An open file that is closed when nothing holds it any more.
final class FileDescriptor: Sendable {
  let number: Int32

  /// Takes over a descriptor; nil for a negative one.
  init?(owning number: Int32) {
    guard number >= 0 else { return nil }
    self.number = number
  }

  /// Opens a file, never handed on to children; nil with `errno` set when that fails.
  convenience init?(path: String, flags: Int32, mode: mode_t = 0) {
    self.init(owning: open(path, flags | O_CLOEXEC, mode))
  }

  deinit { close(number) }

  /// Up to `most` bytes from where the file stands, fewer only at its end; nil when it cannot be read.
  func read(most: Int) -> [UInt8]? {
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: most) { buffer, count in
      while count < most, let base = buffer.baseAddress {
        let got = Glibc.read(number, base + count, most - count)
        if got == 0 { break }
        if got > 0 {
          count += got
        } else if errno != EINTR {
          failed = true
          break
        }
      }
    }
    return failed ? nil : bytes
  }

  /// Writes all bytes; false when that fails.
  @discardableResult
  func write(_ bytes: some Sequence<UInt8>) -> Bool {
    Array(bytes).withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count, let base = buffer.baseAddress {
        let put = Glibc.write(number, base + done, buffer.count - done)
        if put > 0 { done += put } else if errno != EINTR { return false }
      }
      return true
    }
  }

  /// The whole file at `path`; nil when it cannot be read.
  static func contents(of path: String, most: Int = 1 << 20) -> [UInt8]? {
    FileDescriptor(path: path, flags: O_RDONLY | O_NONBLOCK | O_NOFOLLOW)?.read(most: most)
  }
}

/// What the C library calls an error: `no such file or directory`.
func systemMessage(_ code: Int32) -> String { String(cString: strerror(code)).lowercased() }
