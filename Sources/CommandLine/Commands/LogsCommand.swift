import Basics
import Execution
import Glibc
import MeshModel
import Records

/// `heddle logs RUN [TASK]`.
struct LogsCommand: Command {
  static let description = CommandDescription(
    name: "logs", summary: "print what the tasks of a run wrote",
    operands: [.required("RUN"), .optional("TASK")], options: [.value("attempt", "N"), .flag("follow")],
    help: """
      heddle logs: print what the tasks of a run wrote

      Examples:
        heddle logs 412
        heddle logs 412 publish
        heddle logs 412 'publish[EWR]' --attempt 1
        heddle logs operations/departures@2013-01-05 publish
        heddle logs 412 publish -f

      Usage: heddle logs RUN [TASK] [--attempt N] [-f]

      RUN is a number, or PIPELINE for its latest run, or PIPELINE@KEY for the run of a partition that goes on, or
      the latest. With several logs each line is led by the name of its task. Of a task that runs it is what was
      written so far. What stands in the files of 'secrets' in the state's directory is shown as stars.

      Options:
        --attempt N  that attempt; default: the last one
        --follow     (or -f) go on until the run, the task or the attempt is final; with --json one object
                     a line

      Exit codes: 0 told, 3 no such run, task or log, 6 with '--follow': nobody runs it any more

      \(HelpText.options)
      """)

  var run: Reference
  /// As it was given: `task`, `task[0]` or `task[value]`.
  var task: String?
  /// Nil: the last one.
  var attempt: Int?
  var follow: Bool

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
    follow = arguments.has("follow")
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    let world = ShowCommand.World(context: context, project: try context.project())
    let detail = try world.detail(of: run)
    if follow {
      let follower = LogFollower(run: detail.run.id, task: task, attempt: attempt, world: world)
      try follower.follow(detail)
      return .success
    }
    let logs = try logs(of: detail, state: world.project.state)
    let mask = try context.secretMask(world.project)
    if context.caller != nil { try checkLength(logs) }
    if context.settings.json {
      showJSON(logs, detail.run.id, mask, context)
      return .success
    }
    for log in logs { show(log, leading: logs.count > 1, mask, context) }
    return .success
  }

  /// What is sent elsewhere is held as a whole first.
  private func checkLength(_ logs: [Log]) throws(CommandFailure) {
    var bytes: Int64 = 0
    for log in logs {
      var status = stat()
      if stat(log.path, &status) == 0 { bytes &+= Int64(status.st_size) }
    }
    guard bytes > RemoteCommands.longestOutput else { return }
    throw CommandFailure(
      .failed,
      "the logs have \(bytes) bytes, more than the \(RemoteCommands.longestOutput) that are sent at once",
      help: "name one task, or read them on the page")
  }

  /// One attempt's log.
  private struct Log {
    var instance: InstanceSummary
    var attempt: AttemptSummary
    var path: String
  }

  private func logs(of detail: RunDetail, state: StateDirectory) throws(CommandFailure) -> [Log] {
    var instances = detail.instances
    if let task { instances = try detail.instances(of: task) }
    var logs: [Log] = []
    for instance in instances {
      let found = attempt.map { number in instance.attempts.first { $0.id.number == number } }
      guard let attempt = found ?? instance.attempts.last else { continue }
      logs.append(
        Log(instance: instance, attempt: attempt, path: state.log(of: attempt.id, task: instance.task)))
    }
    if logs.isEmpty {
      let what = attempt.map { "attempt \($0)" } ?? "attempt"
      throw .notFound(
        "there is no \(what) of \(task.map { "'\($0)'" } ?? "any task") in run \(detail.run.id)",
        help: "see why: heddle show \(detail.run.id)")
    }
    return logs
  }

  private func show(_ log: Log, leading: Bool, _ mask: SecretMask, _ context: Context) {
    let lead = leading ? TerminalText.clean(log.instance.name) + (context.out.isTerminal ? " | " : "\t") : ""
    let isThere = LogFile.lines(of: log.path, mask) { line in
      context.out.write(lead)
      // Only a terminal obeys what stands in a log.
      context.out.line(context.out.isTerminal ? TerminalText.cleanLines(line) : line)
    }
    if !isThere { context.remark("no log: \(TerminalText.clean(log.path))") }
  }

  private func showJSON(_ logs: [Log], _ run: RunID, _ mask: SecretMask, _ context: Context) {
    context.json("logs") { writer in
      writer.key("run")
      writer.integer(run)
      writer.key("logs")
      writer.array { writer in
        for log in logs {
          writer.object { writer in
            writer.key("task")
            writer.string(log.instance.task)
            writer.key("index")
            writer.integer(log.instance.id.index)
            writer.key("attempt")
            writer.integer(log.attempt.id.number)
            writer.key("state")
            writer.string(log.attempt.state.rawValue)
            writer.key("path")
            writer.string(log.path)
            writer.key("lines")
            writer.array { writer in _ = LogFile.lines(of: log.path, mask) { writer.string($0) } }
          }
        }
      }
    }
  }

  private static func noRun(_ text: String) -> CommandFailure {
    .usage("'\(text)' is no run", help: "write its number, domain/pipeline, or domain/pipeline@partition")
  }
}
