import Basics
import Glibc
import MeshModel
import Planning
import Records

/// Asks a web address for an answer of success, by running `curl`, which knows all that the web asks for.
struct WebProbe: Sendable {
  /// What the names of its files begin with.
  static let filePrefix = "probe-"
  /// Where curl leaves what it says.
  private let folder: String
  private let program: String?
  private let environment: [String]

  /// How long one question may take, in seconds; curl sees to it, and after a little more we do.
  private static let patience = 10
  /// What its failures are called.
  private static let code = "http"

  init(folder: String, environment: (String) -> String?) {
    self.folder = folder
    let path = environment("PATH") ?? "/usr/bin:/bin"
    program = path.split(separator: ":").lazy.map { $0 + "/curl" }.first { access($0, X_OK) == 0 }
    self.environment = TaskEnvironment.inherited.compactMap { name in
      environment(name).map { "\(name)=\($0)" }
    }
  }

  /// - Parameter name: what nobody else asks under now.
  func answer(
    from address: String, as name: String, control: AttemptControl
  ) throws(AttemptFailure) -> ProbeAnswer {
    guard let program else {
      throw AttemptFailure(Self.code, "a wait for the web runs 'curl', which is not installed")
    }
    guard !address.utf8.contains(0) else {
      throw AttemptFailure(Self.code, "the address holds a NUL character")
    }
    let shown = Self.shown(address)
    for asksForHead in [true, false] {
      let (end, code) = try run(program, address, asksForHead: asksForHead, name, control)
      if (200..<300).contains(code) { return .met }
      // Some servers know no HEAD.
      if asksForHead, code == 405 || code == 501 { continue }
      let cause = code > 0 ? "answers \(code)" : "cannot be reached: \(Self.cause(end))"
      return .notYet(Reason(Self.code, "'\(shown)' \(cause)"))
    }
    return .notYet(Reason(Self.code, "'\(shown)' answers no question"))
  }

  /// Curl's exit status, -1 where it was killed, and the answer's, 0 where there was none.
  private func run(
    _ program: String, _ address: String, asksForHead: Bool, _ name: String, _ control: AttemptControl
  ) throws(AttemptFailure) -> (end: Int32, code: Int) {
    try LogFiles.makeFolder(folder)
    let told = "\(folder)/\(Self.filePrefix)\(name)"
    let asked = told + ".curl"
    defer {
      unlink(told)
      unlink(asked)
    }
    try LogFiles.make(told, code: Self.code)
    // Everybody on the machine sees the words of a call, and an address may hold a token.
    let question = CurlText.option("url", address) + "\n"
    try LogFiles.make(asked, holding: Array(question.utf8), code: Self.code)
    let arguments =
      [program, "-q", "--globoff", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}"]
      + (asksForHead ? ["--head"] : [])
      + [
        "--max-time", String(Self.patience), "--location", "--max-redirs", "5", "--proto", "=http,https",
        "--config", asked,
      ]
    let process = AttendedProcess(
      arguments: arguments, environment: environment, directory: "/", output: told, errors: "/dev/null",
      patience: Int32(Self.patience + 5) * 1000, code: Self.code)
    let end: Int32 = if case .exited(let status) = try process.run(control) { status } else { -1 }
    let code = FileDescriptor.contents(of: told, most: 16).flatMap {
      Int(String(decoding: $0, as: UTF8.self))
    }
    return (end, code ?? 0)
  }

  /// What an exit status of curl means, in words that stay the same from one look to the next.
  private static func cause(_ end: Int32) -> String {
    switch end {
    case 6: "nobody knows its host"
    case 7: "nobody listens there"
    case 28: "no answer within \(patience) s"
    case 35, 51, 58, 60: "no secure connection is made"
    case 47: "it leads from one address to another for ever"
    default: "curl ends with \(end)"
    }
  }

  /// The address without what may be secret in it: a user, a password, a query.
  static func shown(_ address: String) -> String {
    let plain = address.prefix { $0 != "?" && $0 != "#" }
    guard let scheme = plain.firstRange(of: "://") else { return String(plain) }
    let rest = plain[scheme.upperBound...]
    let host = rest.prefix { $0 != "/" }
    guard let sign = host.lastIndex(of: "@") else { return String(plain) }
    return String(plain[..<scheme.upperBound] + rest[rest.index(after: sign)...])
  }
}
