/// `heddle logs RUN [TASK]`.
struct LogsCommand: Command {
  static let description = CommandDescription(
    name: "logs", summary: "print what the tasks of a run wrote",
    operands: [.required("RUN"), .optional("TASK")], options: [.value("attempt", "N")],
    help: """
      heddle logs: print what the tasks of a run wrote

      Examples:
        heddle logs 412
        heddle logs 412 publish
        heddle logs 412 'publish[EWR]' --attempt 1
        heddle logs operations/departures@2013-01-05 publish

      Usage: heddle logs RUN [TASK] [--attempt N]

      RUN is a number, or PIPELINE or PIPELINE@KEY for the latest run. With several logs each line is led
      by the name of its task.

      Options:
        --attempt N  that attempt; default: the last one

      Exit codes: 0 told, 3 no such run, task or log

      \(HelpText.options)
      """)

  var run: Reference
  /// As it was given: `task`, `task[0]` or `task[value]`.
  var task: String?
  /// Nil: the last one.
  var attempt: Int?

  init(_ arguments: Arguments) throws(CommandFailure) {
    let text = try arguments.required(0)
    switch Reference(text) {
    case .some(let reference):
      switch reference {
      case .run, .pipeline: run = reference
      default: throw LogsCommand.noRun(text)
      }
    case nil: throw LogsCommand.noRun(text)
    }
    task = arguments.operand(1)
    attempt = try arguments.integer("attempt", in: 1...1_000_000)
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    throw CommandFailure(.failed, "'heddle logs' is not there yet")
  }

  private static func noRun(_ text: String) -> CommandFailure {
    .usage("'\(text)' is no run", help: "write its number, domain/pipeline, or domain/pipeline@partition")
  }
}
