/// Why a command cannot do what it was asked: one sentence, and what to do about it.
public struct CommandFailure: Error, Hashable, Sendable {
  public var code: ExitCode
  /// In lower case, names in 'quotes', without a full stop.
  public var message: String
  public var help: String?

  public init(_ code: ExitCode, _ message: String, help: String? = nil) {
    self.code = code
    self.message = message
    self.help = help
  }

  static func usage(_ message: String, help: String? = nil) -> CommandFailure {
    CommandFailure(.usage, message, help: help)
  }

  static func notFound(_ message: String, help: String? = nil) -> CommandFailure {
    CommandFailure(.notFound, message, help: help)
  }
}
