import Basics
import Glibc
import Records

/// Everything a command touches of the world outside.
public struct Context {
  /// Data.
  public var out: Output
  /// Everything else: progress, remarks, problems.
  public var err: Output
  public var input: Input
  public var environment: [String: String]
  /// The working directory, absolute.
  public var directory: String
  public var clock: any Clock
  public var interrupts: any InterruptSource
  /// The options that every command takes.
  public var settings: Settings
  /// Somebody on another machine for whom a command is carried out here; nil: it is this process's own.
  var caller: RemoteCaller?

  /// The options that every command takes.
  public struct Settings: Hashable, Sendable {
    public var json = false
    public var quiet = false
    public var noColour = false
    public var state: String?
    /// Nil: what HEDDLE_ENV names, or production.
    public var environment: String?
    public var project: String?
    /// The URL of the daemon of another machine; nil: the state is on this one.
    public var server: String?
    public var tokenFile: String?

    public init() {}
  }

  public init(
    out: Output, err: Output, input: Input, environment: [String: String], directory: String,
    clock: any Clock, interrupts: any InterruptSource
  ) {
    self.out = out
    self.err = err
    self.input = input
    self.environment = environment
    self.directory = directory
    self.clock = clock
    self.interrupts = interrupts
    settings = Settings()
  }

  /// The world as this process finds it.
  public static func ofProcess() -> Context {
    Context(
      out: Output(descriptor: 1), err: Output(descriptor: 2), input: .standard,
      environment: environmentOfProcess(), directory: workingDirectory(), clock: SystemClock(),
      interrupts: ProcessSignals())
  }

  /// Whoever wanted to follow on another machine does so no more.
  var isLeftAlone: Bool { caller?.listener.map { !$0.listens() } ?? false }

  /// Takes the settings over, and with them whether colours are allowed.
  mutating func apply(_ settings: Settings) {
    self.settings = settings
    let isDumb = environment["TERM"] == "dumb"
    let wantsColour = !settings.noColour && environment["NO_COLOR", default: ""].isEmpty && !isDumb
    for output in [out, err] {
      output.allowsColour = wantsColour && output.isTerminal
      output.allowsRedrawing = !isDumb && output.isTerminal
    }
  }

  /// An absolute path for one that is relative to the working directory.
  func absolute(_ path: String) -> String {
    let joined = path.hasPrefix("/") ? path : directory + "/" + path
    var parts: [Substring] = []
    for part in joined.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  /// Prints one JSON object with its schema, `heddle.<name>/v1`, as the first member.
  func json(_ name: String, _ members: (inout JSONWriter) -> Void) {
    out.write(bytes: JSONWriter.document(name, members))
    out.line()
  }

  /// Says something that is no data, unless silence was asked for.
  func remark(_ text: String) {
    guard !settings.quiet, !settings.json else { return }
    err.line(text)
  }

  /// Asks a question that `y` or `yes` affirms; anything else, and silence, denies.
  func confirms(_ question: String) -> Bool {
    err.write(question + " [y/N] ")
    err.flush()
    let answer = input.readLine()?.lowercased().filter { !$0.isWhitespace }
    return answer == "y" || answer == "yes"
  }

  private static func environmentOfProcess() -> [String: String] {
    var result: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
      let text = String(cString: entry)
      if let sign = text.firstIndex(of: "=") {
        result[String(text[..<sign])] = String(text[text.index(after: sign)...])
      }
      next += 1
    }
    return result
  }

  private static func workingDirectory() -> String {
    guard let path = getcwd(nil, 0) else { return "/" }
    defer { free(path) }
    return String(cString: path)
  }
}
