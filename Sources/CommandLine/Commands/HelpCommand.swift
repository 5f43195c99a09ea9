import Basics

/// `heddle help [COMMAND]`.
struct HelpCommand: Command {
  static let description = CommandDescription(
    name: "help", summary: "show how a command is used",
    operands: [.optional("COMMAND", words: .none)], options: [.flag("man")],
    help: """
      heddle help: show how a command is used

      Examples:
        heddle help
        heddle help backfill
        heddle help --man | man -l -

      Usage: heddle help [COMMAND | --man]

      'heddle COMMAND --help' does the same.

      Options:
        --man        the page of 'man heddle', which 'make install' puts in its place

      \(HelpText.localOptions)
      """)

  /// Nil: the overview.
  var topic: CommandDescription?
  var isManual = false

  init(topic: CommandDescription?) { self.topic = topic }

  init(_ arguments: Arguments) throws(CommandFailure) {
    isManual = arguments.has("man")
    guard let name = arguments.operand(0) else { return }
    guard !isManual else { throw .usage("--man is the page of all commands", help: "leave '\(name)' out") }
    topic = try CommandTable.require(name).description
  }

  func run(_ context: Context) -> ExitCode {
    if isManual {
      context.out.write(ManualPage.text)
    } else if context.settings.json {
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
