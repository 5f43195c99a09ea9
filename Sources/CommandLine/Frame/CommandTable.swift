import Basics
/// All commands, in the order in which the overview shows them.
enum CommandTable {
  /// A group of the overview.
  struct Group {
    var title: String
    var commands: [any Command.Type]
  }

  static var groups: [Group] {
    [
      Group(
        title: "Begin and check",
        commands: [
          InitCommand.self, CheckCommand.self, TestCommand.self, GraphCommand.self, LineageCommand.self,
        ]),
      Group(
        title: "Run",
        commands: [
          RunCommand.self, BackfillCommand.self, RetryCommand.self, ServeCommand.self, DeployCommand.self,
          CancelCommand.self, PauseCommand.self, ResumeCommand.self, ApproveCommand.self, MarkCommand.self,
          AcceptCommand.self,
        ]),
      Group(
        title: "Look",
        commands: [
          StatusCommand.self, RunsCommand.self, ShowCommand.self, LogsCommand.self, ExplainCommand.self,
          AlertsCommand.self, ScheduleCommand.self, ForecastCommand.self, PoolsCommand.self,
        ]),
      Group(
        title: "Keep the state",
        commands: [
          DoctorCommand.self, BackupCommand.self, RestoreCommand.self, MaintainCommand.self,
          TokenCommand.self,
          AuditCommand.self,
        ]),
      Group(
        title: "Other",
        commands: [CompletionCommand.self, VersionCommand.self, HelpCommand.self]),
    ]
  }

  static var all: [any Command.Type] { groups.flatMap(\.commands) }

  /// The command of that name, or a failure that says which was meant.
  static func require(_ name: String) throws(CommandFailure) -> any Command.Type {
    for command in all where command.description.name == name { return command }
    throw unknown(name)
  }

  private static func unknown(_ name: String) -> CommandFailure {
    let near = EditDistance.nearest(to: name, among: all.map { $0.description.name })
    return .usage(
      "there is no command '\(name)'",
      help: near.map { "did you mean 'heddle \($0)'?" } ?? "see all of them: heddle help")
  }
}
