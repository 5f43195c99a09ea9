import Glibc

/// One request over plain HTTP, in HTTP/1.0: the answer ends with the connection.
enum PlainExchange {
  /// How long a connection may take, and how long everything, in milliseconds.
  private static let patience: Int32 = 10_000
  static let longest: Int32 = 660_000

  /// - Returns: the status and the body.
  static func post(
    _ address: HTTPAddress, _ path: String, token: String, body: [UInt8]
  ) throws(CommandFailure) -> (Int, [UInt8]) {
    let descriptor = try connection(to: address)
    defer { close(descriptor) }
    let head = """
      POST \(address.path)\(path) HTTP/1.0\r
      Host: \(address.authority)\r
      Authorization: Bearer \(token)\r
      Content-Type: application/json\r
      Content-Length: \(body.count)\r
      Connection: close\r
      \r

      """
    // The line that a text of several lines ends without is no part of the head.
    try send(Array(head.utf8) + body, descriptor, address)
    return try parsed(try answer(descriptor, address), address)
  }

  private static func connection(to address: HTTPAddress) throws(CommandFailure) -> Int32 {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(address.host, String(address.port), &hints, &list) == 0 else {
      throw CommandFailure(.noDaemon, "there is no machine '\(address.host)'")
    }
    defer { freeaddrinfo(list) }
    var reason = ECONNREFUSED
    var next = list
    while let found = next {
      next = found.pointee.ai_next
      let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
      let descriptor = socket(found.pointee.ai_family, kind, 0)
      guard descriptor >= 0 else { continue }
      if connect(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0 { return descriptor }
      if errno == EINPROGRESS, waits(descriptor, POLLOUT, patience) {
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        if getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0, code == 0 { return descriptor }
        reason = code
      } else {
        reason = errno == EINPROGRESS ? ETIMEDOUT : errno
      }
      close(descriptor)
    }
    throw CommandFailure(
      .noDaemon, "nobody answers at '\(address)': \(String(cString: strerror(reason)).lowercased())",
      help: "is it served there? heddle serve --bind ADDRESS")
  }

  private static func waits(_ descriptor: Int32, _ event: Int32, _ milliseconds: Int32) -> Bool {
    var wait = pollfd(fd: descriptor, events: Int16(event), revents: 0)
    var ready: Int32 = 0
    repeat { ready = poll(&wait, 1, milliseconds) } while ready < 0 && errno == EINTR
    return ready > 0
  }

  private static func send(
    _ bytes: [UInt8], _ descriptor: Int32, _ address: HTTPAddress
  ) throws(CommandFailure) {
    var done = 0
    while done < bytes.count {
      let put = bytes[done...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if put > 0 {
        done += put
      } else if errno == EAGAIN {
        guard waits(descriptor, POLLOUT, patience) else { throw slow(address) }
      } else if errno != EINTR {
        // Who hung up may have said why first.
        return
      }
    }
  }

  private static func answer(_ descriptor: Int32, _ address: HTTPAddress) throws(CommandFailure) -> [UInt8] {
    var all: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while all.count <= RemoteServer.longestAnswer {
      guard waits(descriptor, POLLIN, longest) else { throw slow(address) }
      let got = piece.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
      if got > 0 {
        all += piece.prefix(got)
      } else if got == 0 {
        return all
      } else if errno != EINTR && errno != EAGAIN {
        throw CommandFailure(.noDaemon, "the connection to '\(address)' broke")
      }
    }
    throw CommandFailure(.failed, "'\(address)' says more than is taken", help: "ask for less")
  }

  private static func slow(_ address: HTTPAddress) -> CommandFailure {
    CommandFailure(.timedOut, "'\(address)' does not answer in time")
  }

  /// The status, and what follows the head as far as it says.
  private static func parsed(
    _ bytes: [UInt8], _ address: HTTPAddress
  ) throws(CommandFailure) -> (Int, [UInt8]) {
    let broken = CommandFailure(.failed, "'\(address)' does not speak HTTP, or broke off")
    let gap = Array("\r\n\r\n".utf8)
    guard bytes.count >= gap.count,
      let end = bytes.indices.dropLast(gap.count - 1).first(where: {
        bytes[$0] == 13 && bytes[$0..<$0 + gap.count].elementsEqual(gap)
      })
    else { throw broken }
    let head = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
    let words = (head.first ?? "").split(separator: " ", maxSplits: 2)
    guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else { throw broken }
    let body = Array(bytes[(end + gap.count)...])
    let length = head.dropFirst().first { $0.lowercased().hasPrefix("content-length:") }
    if let length, Int(length.dropFirst(15).drop { $0 == " " }) != body.count { throw broken }
    return (status, body)
  }
}
