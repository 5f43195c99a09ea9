import Basics

/// `heddle version`.
struct VersionCommand: Command {
  /// The version of this program.
  static let version = "0.1.0"

  static let description = CommandDescription(
    name: "version", summary: "print the version", operands: [], options: [],
    help: """
      heddle version: print the version

      Examples:
        heddle version
        heddle version --json

      Usage: heddle version

      'heddle --version' does the same.

      \(HelpText.options)
      """)

  init() {}

  init(_ arguments: Arguments) throws(CommandFailure) {}

  func run(_ context: Context) -> ExitCode {
    if context.settings.json {
      context.json("version") { writer in
        writer.key("version")
        writer.string(VersionCommand.version)
      }
    } else {
      context.out.line("heddle " + VersionCommand.version)
    }
    return .success
  }
}
