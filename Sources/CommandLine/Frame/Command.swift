/// One command: how it is called, what was asked, and what it does.
///
/// A value of the type is a request that was found valid; making one touches nothing outside.
protocol Command {
  static var description: CommandDescription { get }

  /// Validates what was given.
  init(_ arguments: Arguments) throws(CommandFailure)

  /// Does it.
  func run(_ context: Context) throws(CommandFailure) -> ExitCode
}

/// A row of the table of commands.
struct CommandDescription: Hashable, Sendable {
  var name: String
  /// One line for the overview.
  var summary: String
  var operands: [OperandDescription]
  var options: [OptionDescription]
  /// The whole page that `heddle help NAME` prints, examples first.
  var help: String

  /// The command's own options and those of every command.
  var allOptions: [OptionDescription] { options + OptionDescription.global }
}
