import CSystem
import Glibc

/// A socket that is closed when nothing holds it any more.
final class TCPSocket: Sendable {
  let number: Int32

  /// Takes over a descriptor; nil for a negative one.
  init?(owning number: Int32) {
    guard number >= 0 else { return nil }
    self.number = number
  }

  deinit { close(number) }

  /// What a step of reading or writing came to.
  enum Step {
    case moved(Int)
    /// Nothing can be moved now.
    case blocked
    /// The other end is gone, or writes no more.
    case ended
  }

  /// Reads what is there, at most as much as the buffer holds.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Step {
    var got = 0
    repeat { got = recv(number, buffer.baseAddress, buffer.count, 0) } while got < 0 && errno == EINTR
    return Self.step(got, zeroIsEnd: true)
  }

  /// Writes as much as the other end takes now.
  func write(_ bytes: ArraySlice<UInt8>) -> Step {
    bytes.withUnsafeBytes { buffer in
      var put = 0
      repeat { put = heddle_send(number, buffer.baseAddress, buffer.count) } while put < 0 && errno == EINTR
      return Self.step(put, zeroIsEnd: false)
    }
  }

  /// Has the kernel send a stretch of a file, as much as the other end takes now.
  func send(_ file: FilePart, from offset: Int, count: Int) -> Step {
    var place = off_t(offset)
    var put = 0
    repeat {
      put = sendfile(number, file.descriptor, &place, min(count, 1 << 20))
    } while put < 0 && errno == EINTR
    return Self.step(put, zeroIsEnd: true)
  }

  private static func step(_ count: Int, zeroIsEnd: Bool) -> Step {
    if count < 0 { return errno == EAGAIN ? .blocked : .ended }
    return count == 0 && zeroIsEnd ? .ended : .moved(count)
  }

  /// Answers at once instead of waiting for more to send along.
  func sendWithoutDelay() {
    var on: Int32 = 1
    setsockopt(number, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  /// The number of the other end's address, without its port; empty when nothing tells.
  var peer: String { SocketAddress.text(of: number, getpeername)?.host ?? "" }
}
