/// `heddle status [SELECTOR]`.
struct StatusCommand: Command {
  static let description = CommandDescription(
    name: "status", summary: "show what is wrong, what runs and what is well",
    operands: [.optional("SELECTOR", words: .names(.selectors))], options: [],
    help: """
      heddle status: show what is wrong, what runs and what is well

      Examples:
        heddle status
        heddle status 'operations/*'
        heddle status --json

      Usage: heddle status [SELECTOR]

      A row for each pipeline with its latest run, those that need somebody first.

      Exit codes: 0 told, 3 nothing has that name, 4 the declarations cannot be read

      \(HelpText.options)
      """)

  var selector: String?

  init(_ arguments: Arguments) throws(CommandFailure) { selector = arguments.operand(0) }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    throw CommandFailure(.failed, "'heddle status' is not there yet")
  }
}
