import Glibc

/// An address and a port to listen at: `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`; port 0 is any.
public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
  /// Numeric, without brackets.
  public let host: String
  public let port: Int

  /// Nil when it is not written so. Names but `localhost` are none: what they mean may change.
  public init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":") else { return nil }
    let digits = text[text.index(after: colon)...]
    guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy(\.isDigit), let port = Int(digits),
      port <= 65_535
    else { return nil }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    if host == "localhost" { host = "127.0.0.1" }
    var four = in_addr()
    var six = in6_addr()
    guard inet_pton(AF_INET, host, &four) == 1 || inet_pton(AF_INET6, host, &six) == 1 else { return nil }
    self.host = host
    self.port = port
  }

  init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  public var isLoopback: Bool { host.hasPrefix("127.") || host == "::1" }

  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// A socket that listens here.
  func listen() throws(HTTPServerError) -> TCPSocket {
    var hints = addrinfo()
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port), &hints, &list) == 0, let found = list else {
      throw HTTPServerError("'\(self)' is no address to listen at")
    }
    defer { freeaddrinfo(list) }
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    guard let made = TCPSocket(owning: socket(found.pointee.ai_family, type, 0)) else {
      throw HTTPServerError("no socket can be made", errno)
    }
    var on: Int32 = 1
    setsockopt(made.number, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    guard bind(made.number, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0,
      Glibc.listen(made.number, 1024) == 0
    else { throw HTTPServerError("nobody can listen at '\(self)'", errno) }
    return made
  }

  /// Where a socket listens, its port being known now.
  static func local(of socket: TCPSocket) -> SocketAddress? { text(of: socket.number, getsockname) }

  /// The address that a call tells of a socket, in numbers.
  static func text(
    of socket: Int32, _ ask: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
  ) -> SocketAddress? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    var service = [CChar](repeating: 0, count: Int(NI_MAXSERV))
    let isTold = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        ask(socket, address, &length) == 0
          && getnameinfo(
            address, length, &host, socklen_t(host.count), &service, socklen_t(service.count),
            NI_NUMERICHOST | NI_NUMERICSERV) == 0
      }
    }
    guard isTold else { return nil }
    func string(_ characters: [CChar]) -> String {
      String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    return SocketAddress(host: string(host), port: Int(string(service)) ?? 0)
  }
}

/// Why nobody can be served.
public struct HTTPServerError: Error, Hashable, Sendable {
  /// One sentence in lower case, without a full stop.
  public let message: String

  init(_ message: String) { self.message = message }

  init(_ what: String, _ code: Int32) {
    message = "\(what): \(String(cString: strerror(code)).lowercased())"
  }
}
