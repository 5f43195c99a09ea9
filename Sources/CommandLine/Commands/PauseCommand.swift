import MeshModel
import Orchestration

/// `heddle pause PIPELINE|BACKFILL`.
struct PauseCommand: Command {
  static let description = CommandDescription(
    name: "pause", summary: "start nothing new of a pipeline or a backfill",
    operands: [.required("PIPELINE|BACKFILL", words: .names(.pipelines))], options: [],
    help: """
      heddle pause: start nothing new of a pipeline or a backfill

      Examples:
        heddle pause operations/departures
        heddle pause b12

      Usage: heddle pause PIPELINE|BACKFILL

      Nothing new of it starts until 'heddle resume'. Attempts that run go on to their end.

      Exit codes: 0 it is paused, 3 nothing has that name

      \(HelpText.options)
      """)

  var target: ControlTarget

  init(_ arguments: Arguments) throws(CommandFailure) { target = try arguments.pausable() }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    try context.change([target], "pause", try context.project()) { .pause($0) }
    return .success
  }
}

/// `heddle resume PIPELINE|BACKFILL`.
struct ResumeCommand: Command {
  static let description = CommandDescription(
    name: "resume", summary: "let a pipeline or a backfill go on that was paused",
    operands: [.required("PIPELINE|BACKFILL", words: .names(.pipelines))], options: [],
    help: """
      heddle resume: let a pipeline or a backfill go on that was paused

      Examples:
        heddle resume operations/departures
        heddle resume b12

      Usage: heddle resume PIPELINE|BACKFILL

      Exit codes: 0 it is not paused, 3 nothing has that name

      \(HelpText.options)
      """)

  var target: ControlTarget

  init(_ arguments: Arguments) throws(CommandFailure) { target = try arguments.pausable() }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    try context.change([target], "resume", try context.project()) { .resume($0) }
    return .success
  }
}

extension Arguments {
  /// The operand as something that can be paused.
  fileprivate func pausable() throws(CommandFailure) -> ControlTarget {
    let word = try required(0)
    switch Reference(word) {
    case .backfill(let backfill): return .backfill(backfill)
    case .pipeline(let pipeline, nil): return .pipeline(pipeline)
    default:
      throw .usage("'\(word)' is neither a pipeline nor a backfill", help: "write domain/pipeline or b12")
    }
  }
}
