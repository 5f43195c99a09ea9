import Glibc

/// One request over plain HTTP, in HTTP/1.0: the answer ends with the connection.
enum PlainExchange {
  /// How long a connection may take, and how long everything, in milliseconds.
  private static let patience: Int32 = 10_000
  static let longest: Int32 = 660_000
  /// How long what is followed may say nothing at all.
  static let longestSilence: Int32 = 60_000
  private static let glance: Int32 = 200

  static func post(_ request: RemoteRequest, _ take: RemoteRequest.Taker) throws(CommandFailure) {
    let address = request.address
    guard let descriptor = try connection(to: address, take) else { return }
    defer { close(descriptor) }
    let head = """
      POST \(address.path)\(request.path) HTTP/1.0\r
      Host: \(address.authority)\r
      Authorization: Bearer \(request.token)\r
      Content-Type: application/json\r
      Content-Length: \(request.body.count)\r
      Connection: close\r
      \r

      """
    // The line that a text of several lines ends without is no part of the head.
    try send(Array(head.utf8) + request.body, descriptor, address)
    try hand(descriptor, of: request, to: take)
  }

  /// Nil: it is not wanted any more.
  private static func connection(
    to address: HTTPAddress, _ take: RemoteRequest.Taker
  ) throws(CommandFailure) -> Int32? {
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
      let failure = errno
      var left = failure == EINPROGRESS ? patience : 0
      while left > 0, !Waiting.until(descriptor, POLLOUT, glance) {
        left -= glance
        guard try take([]) else {
          close(descriptor)
          return nil
        }
      }
      if left > 0 {
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        if getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0, code == 0 { return descriptor }
        reason = code
      } else {
        reason = failure == EINPROGRESS ? ETIMEDOUT : failure
      }
      close(descriptor)
    }
    throw CommandFailure(
      .noDaemon, "nobody answers at '\(address)': \(String(cString: strerror(reason)).lowercased())",
      help: "is it served there? heddle serve --bind ADDRESS")
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
        guard Waiting.until(descriptor, POLLOUT, patience) else { throw slow(address) }
      } else if errno != EINTR {
        // Who hung up may have said why first.
        return
      }
    }
  }

  private static func hand(
    _ descriptor: Int32, of request: RemoteRequest, to take: RemoteRequest.Taker
  ) throws(CommandFailure) {
    let patience = request.isFollowed ? longestSilence : longest
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    var silence: Int32 = 0
    while true {
      guard Waiting.until(descriptor, POLLIN, glance) else {
        silence += glance
        guard silence < patience else { throw slow(request.address) }
        guard try take([]) else { return }
        continue
      }
      silence = 0
      let got = piece.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
      if got > 0 {
        guard try take(Array(piece.prefix(got))) else { return }
      } else if got == 0 {
        return
      } else if errno != EINTR && errno != EAGAIN {
        throw CommandFailure(.noDaemon, "the connection to '\(request.address)' broke")
      }
    }
  }

  private static func slow(_ address: HTTPAddress) -> CommandFailure {
    CommandFailure(.timedOut, "'\(address)' does not answer in time")
  }
}

/// Waiting for a descriptor.
enum Waiting {
  /// Whether it is ready for an event of `poll` within some milliseconds.
  static func until(_ descriptor: Int32, _ event: Int32, _ milliseconds: Int32) -> Bool {
    var wait = pollfd(fd: descriptor, events: Int16(event), revents: 0)
    var ready: Int32 = 0
    repeat { ready = poll(&wait, 1, milliseconds) } while ready < 0 && errno == EINTR
    return ready > 0
  }
}
