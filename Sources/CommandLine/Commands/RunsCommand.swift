/// `heddle runs [SELECTOR]`.
struct RunsCommand: Command {
  static let description = CommandDescription(
    name: "runs", summary: "list runs, the latest first",
    operands: [.optional("SELECTOR", words: .names(.selectors))], options: [.value("limit", "N")],
    help: """
      heddle runs: list runs, the latest first

      Examples:
        heddle runs
        heddle runs operations/departures --limit 5
        heddle runs 'status:failed' --json

      Usage: heddle runs [SELECTOR] [--limit N]

      Options:
        --limit N  at most N runs; default 20

      Exit codes: 0 told, 3 nothing has that name

      \(HelpText.options)
      """)

  var selector: String?
  var limit: Int

  init(_ arguments: Arguments) throws(CommandFailure) {
    selector = arguments.operand(0)
    limit = try arguments.integer("limit", in: 1...1_000_000) ?? 20
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    throw CommandFailure(.failed, "'heddle runs' is not there yet")
  }
}
