import Execution
import Glibc

/// One request over TLS, which 'curl' speaks: keys and certificates are a matter of a program that does
/// nothing else. What is asked, the token too, goes to its standard input: others see the words of a call.
enum CurlExchange {
  /// - Returns: the status and the body.
  static func post(
    _ address: HTTPAddress, _ path: String, token: String, body: [UInt8]
  ) throws(CommandFailure) -> (Int, [UInt8]) {
    let text = String(decoding: body, as: UTF8.self)
    let configuration = """
      \(CurlText.option("url", "\(address)\(path)"))
      request = "POST"
      \(CurlText.option("header", "Authorization: Bearer \(token)"))
      header = "Content-Type: application/json"
      header = "Expect:"
      \(CurlText.option("data-raw", text))
      write-out = "\\n%{http_code}"
      proto = "=https"
      connect-timeout = "10"
      max-time = "\(PlainExchange.longest / 1000)"
      max-filesize = "\(RemoteServer.longestAnswer)"
      silent
      show-error

      """
    let (code, output) = try call(Array(configuration.utf8))
    guard code == 0, let gap = output.lastIndex(of: 10),
      let status = Int(String(decoding: output[(gap + 1)...], as: UTF8.self)), status > 0
    else {
      let exit: ExitCode = code == 28 ? .timedOut : [5, 6, 7].contains(code) ? .noDaemon : .failed
      throw CommandFailure(exit, "'\(address)' cannot be asked: curl ends with \(code)")
    }
    return (status, Array(output[..<gap]))
  }

  private static func call(_ input: [UInt8]) throws(CommandFailure) -> (Int32, [UInt8]) {
    var (to, from): ([Int32], [Int32]) = ([-1, -1], [-1, -1])
    guard pipe(&to) == 0, pipe(&from) == 0 else {
      throw CommandFailure(.failed, "no pipe can be made: \(String(cString: strerror(errno)))")
    }
    // Or curl would wait for an end of its input that it holds itself.
    for end in to + from { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, to[0], 0)
    posix_spawn_file_actions_adddup2(&actions, from[1], 1)
    let call: [String] = ["curl", "--config", "-"]
    var words: [UnsafeMutablePointer<CChar>?] = call.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process = pid_t()
    // '-q' would be the first word; a person's own file of settings may name a proxy that is needed.
    let failure = posix_spawnp(&process, "curl", &actions, nil, &words, environ)
    close(to[0])
    close(from[1])
    defer { close(from[0]) }
    guard failure == 0 else {
      close(to[1])
      throw CommandFailure(
        .failed, "https needs 'curl', which cannot be started: \(String(cString: strerror(failure)))",
        help: "install it, as with: apt-get install curl")
    }
    _ = Output.writeAll(input, to: to[1])
    close(to[1])
    var output: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let got = piece.withUnsafeMutableBytes { read(from[0], $0.baseAddress, $0.count) }
      if got > 0 { output += piece.prefix(got) } else if got == 0 || errno != EINTR { break }
    }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return (status & 0x7F == 0 ? (status >> 8) & 0xFF : -1, output)
  }
}
