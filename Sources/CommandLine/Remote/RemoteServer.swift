import Basics
import Glibc
import Threads

/// The daemon of another machine, asked over HTTP.
struct RemoteServer {
  /// Longer answers are not taken.
  static let longestAnswer = 64 << 20

  let address: HTTPAddress
  let token: String

  /// - Parameters:
  ///   - server: its URL, `https://heddle.example.org` or `http://127.0.0.1:8080`.
  ///   - tokenFile: holds the token, and is open to nobody else.
  init(_ server: String, tokenFile: String?, _ context: Context) throws(CommandFailure) {
    guard let address = HTTPAddress(server) else {
      throw .usage("'\(server)' is no address of a server", help: "write https://heddle.example.org")
    }
    self.address = address
    guard let tokenFile else {
      throw .usage(
        "nobody is known there without a token",
        help: "make one there: heddle token create NAME --role operator; and name its file: --token-file FILE"
      )
    }
    token = try Self.token(in: context.absolute(tokenFile))
  }

  private static func token(in path: String) throws(CommandFailure) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw .notFound("the token's file '\(path)' cannot be read: \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & 0o077 == 0 else {
      throw .usage("the token's file '\(path)' is open to others", help: "chmod 600 it")
    }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let got = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
    let words = bytes.prefix(max(0, got)).split { $0 <= 32 }
    guard words.count == 1, let word = words.first, word.allSatisfy({ $0 < 127 }) else {
      throw .usage("the file '\(path)' holds no token")
    }
    return String(decoding: word, as: UTF8.self)
  }

  /// Has a command carried out there, and says what it says.
  ///
  /// - Parameters:
  ///   - command: its name.
  ///   - isFollowed: it goes on for long, and is to say things as they come.
  func carryOut(
    _ command: String, _ words: [String], isFollowed: Bool, _ context: Context
  ) throws(CommandFailure) -> ExitCode {
    let interrupts = Guarded(0)
    if isFollowed { context.interrupts.watch { count in interrupts.withLock { $0 = count } } }
    let request = RemoteRequest(
      address: address, path: "/api/v1/commands" + (isFollowed ? "/follow" : ""), token: token,
      body: Self.body(words, context), isFollowed: isFollowed)
    var answer = HTTPAnswer(from: address)
    var said = SaidWords(out: context.out, err: context.err)
    let take: RemoteRequest.Taker = { (bytes) throws(CommandFailure) in
      try answer.take(bytes)
      if answer.isStream { try said.take(&answer.waiting) }
      return said.exit == nil && interrupts.withLock { $0 == 0 }
    }
    do throws(CommandFailure) {
      if address.isSecure {
        try CurlExchange.post(request, take)
      } else {
        try PlainExchange.post(request, take)
      }
    } catch {
      if interrupts.withLock({ $0 == 0 }) { throw error }
    }
    if interrupts.withLock({ $0 > 0 }) {
      said.followed?.tellDetached(command, isInterrupted: true, context)
      return .interrupted
    }
    guard answer.isStream else { return try whole(answer, context) }
    guard let exit = said.exit else {
      throw CommandFailure(
        .noDaemon, "'\(address)' went away before the end", help: "what runs there goes on when it is back")
    }
    return ExitCode(rawValue: Int32(clamping: exit)) ?? .failed
  }

  private static func body(_ words: [String], _ context: Context) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("words")
      writer.array { writer in for word in words { writer.string(word) } }
      writer.key("columns")
      if context.out.isTerminal { writer.integer(context.out.columns) } else { writer.null() }
      writer.key("colour")
      writer.boolean(context.out.allowsColour)
    }
    return writer.bytes
  }

  private func whole(_ answer: HTTPAnswer, _ context: Context) throws(CommandFailure) -> ExitCode {
    try answer.checkEnd()
    let status = answer.status
    guard let said = try? JSONValue(parsing: answer.waiting) else {
      throw CommandFailure(.failed, "'\(address)' answers with status \(status), and not as heddle does")
    }
    guard status == 200, let exit = said["exit"]?.integer else { throw Self.refusal(status, said) }
    context.out.write(said["out"]?.string ?? "")
    context.out.flush()
    context.err.write(said["err"]?.string ?? "")
    return ExitCode(rawValue: Int32(clamping: exit)) ?? .failed
  }

  private static func refusal(_ status: Int, _ answer: JSONValue) -> CommandFailure {
    let code: ExitCode =
      switch status {
      case 401, 403, 429: .denied
      case 404, 405: .notFound
      case 409: .conflict
      default: .failed
      }
    return CommandFailure(
      code, answer["detail"]?.string ?? "the server answers with status \(status)",
      help: answer["help"]?.string)
  }
}

/// What a server is asked.
struct RemoteRequest {
  /// Is given what comes, and now and then nothing; false: that is enough.
  typealias Taker = ([UInt8]) throws(CommandFailure) -> Bool

  var address: HTTPAddress
  /// Below the path of the address.
  var path: String
  var token: String
  var body: [UInt8]
  /// The answer goes on for long, and is never silent for long.
  var isFollowed: Bool
}

/// Where a server is: `http://` or `https://`, a name, a port, and a path before that of the API.
struct HTTPAddress: CustomStringConvertible {
  let isSecure: Bool
  /// Without brackets.
  let host: String
  let port: Int
  /// Empty, or begins with a slash and ends without one.
  let path: String

  /// Nil: it is written otherwise.
  init?(_ text: String) {
    let lower = text.lowercased()
    guard let scheme = ["http://", "https://"].first(where: { lower.hasPrefix($0) }) else { return nil }
    isSecure = scheme == "https://"
    let rest = text.dropFirst(scheme.count)
    let authority = rest.prefix { $0 != "/" }
    var path = rest[authority.endIndex...]
    while path.last == "/" { path = path.dropLast() }
    self.path = String(path)
    var host = authority
    var port: Substring = isSecure ? "443" : "80"
    if let end = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
      host = authority[..<end]
      port = authority[authority.index(after: end)...]
    }
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    let isName = host.utf8.allSatisfy {
      (48...58).contains($0) || (97...122).contains($0 | 0x20) || $0 == 45 || $0 == 46 || $0 == 95
    }
    let isPath = path.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != 34 && $0 != 92 }
    guard !host.isEmpty, isName, isPath, let number = Int(port), (1...65_535).contains(number) else {
      return nil
    }
    self.host = String(host)
    self.port = number
  }

  /// As the `Host` field and URLs have it.
  var authority: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }

  var description: String { "\(isSecure ? "https" : "http")://\(authority)\(path)" }
}
