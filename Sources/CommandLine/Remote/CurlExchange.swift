import Execution
import Glibc

/// One request over TLS, which 'curl' speaks: keys and certificates are a matter of a program that does
/// nothing else. What is asked, the token too, goes to its standard input: others see the words of a call.
enum CurlExchange {
  /// How long curl is waited for before it is asked whether it goes on, in milliseconds.
  private static let glance: Int32 = 200

  static func post(_ request: RemoteRequest, _ take: RemoteRequest.Taker) throws(CommandFailure) {
    let text = String(decoding: request.body, as: UTF8.self)
    let patience =
      request.isFollowed
      ? "speed-limit = 1\nspeed-time = \(PlainExchange.longestSilence / 1000)\nno-buffer"
      : "max-time = \(PlainExchange.longest / 1000)\nmax-filesize = \(RemoteServer.longestAnswer)"
    let configuration = """
      \(CurlText.option("url", "\(request.address)\(request.path)"))
      request = "POST"
      \(CurlText.option("header", "Authorization: Bearer \(request.token)"))
      header = "Content-Type: application/json"
      header = "Expect:"
      \(CurlText.option("data-raw", text))
      proto = "=https"
      connect-timeout = "10"
      \(patience)
      include
      suppress-connect-headers
      silent
      show-error

      """
    let code = try call(Array(configuration.utf8), take)
    guard code == 0 else {
      let exit: ExitCode = code == 28 ? .timedOut : [5, 6, 7, 18, 56].contains(code) ? .noDaemon : .failed
      throw CommandFailure(exit, "'\(request.address)' cannot be asked: curl ends with \(code)")
    }
  }

  /// - Returns: how curl ended; 0 also where it was ended, as nothing more was wanted.
  private static func call(
    _ input: [UInt8], _ take: RemoteRequest.Taker
  ) throws(CommandFailure) -> Int32 {
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
    // Or it would keep out the signals that we take ourselves. In a group of its own it hears no Ctrl-C,
    // which would look like a broken exchange.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
    // '-q' would be the first word; a person's own file of settings may name a proxy that is needed.
    let failure = posix_spawnp(&process, "curl", &actions, &attributes, &words, environ)
    close(to[0])
    close(from[1])
    guard failure == 0 else {
      close(to[1])
      close(from[0])
      throw CommandFailure(
        .failed, "https needs 'curl', which cannot be started: \(String(cString: strerror(failure)))",
        help: "install it, as with: apt-get install curl")
    }
    _ = Output.writeAll(input, to: to[1])
    close(to[1])
    let isWanted: Bool
    do throws(CommandFailure) {
      defer { close(from[0]) }
      isWanted = try hand(from[0], to: take)
    } catch {
      _ = end(of: process, isWanted: false)
      throw error
    }
    return end(of: process, isWanted: isWanted)
  }

  /// Waits for the end of curl, which comes at once where nothing more is wanted of it.
  private static func end(of process: pid_t, isWanted: Bool) -> Int32 {
    // It holds nothing that could break.
    if !isWanted { kill(process, SIGKILL) }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    guard isWanted else { return 0 }
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : -1
  }

  /// Hands on what comes; false: that was enough.
  private static func hand(
    _ descriptor: Int32, to take: RemoteRequest.Taker
  ) throws(CommandFailure) -> Bool {
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      guard Waiting.until(descriptor, POLLIN, glance) else {
        guard try take([]) else { return false }
        continue
      }
      let got = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if got > 0 {
        guard try take(Array(piece.prefix(got))) else { return false }
      } else if got == 0 || errno != EINTR {
        return true
      }
    }
  }
}
