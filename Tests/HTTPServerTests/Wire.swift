import Glibc

@testable import HTTPServer

/// A client that sends whatever bytes it likes.
final class Wire {
  private let number: Int32

  init(to address: SocketAddress) {
    number = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var target = sockaddr_in()
    target.sin_family = sa_family_t(AF_INET)
    target.sin_port = in_port_t(UInt16(clamping: address.port).bigEndian)
    inet_pton(AF_INET, address.host, &target.sin_addr)
    withUnsafePointer(to: &target) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    var patience = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(number) }

  func send(_ text: String) {
    let bytes = Array(text.utf8)
    _ = Glibc.send(number, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }

  /// Says nothing more.
  func finish() { shutdown(number, Int32(SHUT_WR)) }

  /// Takes as little as the kernel lets it.
  func readSlowly() {
    var size: Int32 = 1
    setsockopt(number, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Reads until what was read holds a text; what was read.
  func read(until end: String) -> String {
    var text = ""
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while !text.contains(end) {
      let got = recv(number, &buffer, buffer.count, 0)
      if got <= 0 { break }
      text += String(decoding: buffer[..<got], as: UTF8.self)
    }
    return text
  }

  /// Reads until the other end says nothing more; nil: it did not within ten seconds.
  func readToEnd() -> String? {
    var text = ""
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let got = recv(number, &buffer, buffer.count, 0)
      if got == 0 { return text }
      if got < 0 { return errno == ECONNRESET ? text : nil }
      text += String(decoding: buffer[..<got], as: UTF8.self)
    }
  }
}
