import Basics

/// `heddle help [COMMAND]`.
struct HelpCommand: Command {
  static let description = CommandDescription(
    name: "help", summary: "show how a command is used",
    operands: [.optional("COMMAND", words: .none)], options: [],
    help: """
      heddle help: show how a command is used

      Examples:
        heddle help
        heddle help backfill

      Usage: heddle help [COMMAND]

      'heddle COMMAND --help' does the same.

      \(HelpText.options)
      """)

  /// Nil: the overview.
  var topic: CommandDescription?

  init(topic: CommandDescription?) { self.topic = topic }

  init(_ arguments: Arguments) throws(CommandFailure) {
    guard let name = arguments.operand(0) else { return }
    topic = try CommandTable.require(name).description
  }

  func run(_ context: Context) -> ExitCode {
    if context.settings.json {
      context.json("help") { writer in
        writer.key("commands")
        writer.array { writer in
          for command in topic.map({ [$0] }) ?? CommandTable.all.map({ $0.description }) {
            writer.object { writer in
              writer.key("name")
              writer.string(command.name)
              writer.key("summary")
              writer.string(command.summary)
              writer.key("help")
              writer.string(command.help)
            }
          }
        }
      }
    } else {
      context.out.line(topic?.help ?? HelpText.overview)
    }
    return .success
  }
}
