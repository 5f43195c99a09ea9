import Basics
import MeshModel
import Orchestration
import Planning
import Records

/// `heddle run PIPELINE[.TASK]`.
struct RunCommand: Command {
  static let description = CommandDescription(
    name: "run", summary: "run a pipeline, or one of its tasks, here and now",
    operands: [.required("PIPELINE[.TASK]", words: .names(.tasks))],
    options: [
      .value("partition", "KEY"), .value("param", "NAME=VALUE", repeats: true), .value("workers", "N"),
    ],
    help: """
      heddle run: run a pipeline, or one of its tasks, here and now

      Examples:
        heddle run operations/departures
        heddle run operations/departures --partition 2013-01-05
        heddle run operations/departures.clean --param sample=10

      Usage: heddle run PIPELINE[.TASK] [--partition KEY] [--param NAME=VALUE]... [--workers N]

      Follows the run to its end. Ctrl-C cancels it cleanly, a second Ctrl-C at once.

      Options:
        --partition KEY     the partition to run; default: the latest complete one
        --param NAME=VALUE  set a param of the pipeline; may be given more than once
        --workers N         at most N tasks at once; default: twice the number of processors

      Exit codes: 0 the run succeeded, 1 it failed, 3 nothing has that name, 4 errors in the declarations,
      9 somebody else has the state, 130 interrupted

      \(HelpText.options)
      """)

  var pipeline: PipelineName
  /// Nil: all.
  var task: String?
  /// Nil: the latest complete one.
  var partition: String?
  var params: ParameterList
  /// Nil: as many as suit the machine.
  var workers: Int?

  init(_ arguments: Arguments) throws(CommandFailure) {
    let text = try arguments.required(0)
    if let name = PipelineName(text) {
      pipeline = name
    } else if let name = TaskName(text) {
      pipeline = name.pipeline
      task = name.task
    } else {
      throw .usage(
        "'\(text)' is neither a pipeline nor a task", help: "write domain/pipeline or domain/pipeline.task")
    }
    partition = arguments.value("partition")
    params = try ParameterList(arguments)
    workers = try arguments.integer("workers", in: 1...1024)
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    let project = try context.project()
    let work = try ForegroundWork(CheckedProject(loading: project.root), context, project)
    try work.finishUnfinished(workers: workers)
    let requests = try requests(work.owner)
    if partition == nil, let latest = requests.last?.partition {
      context.remark("partition \(latest.key), the latest complete one")
    }
    let outcome = try work.follow(.runs(requests), workers: workers)
    let subject = outcome.ended.map { "run \($0.run)  \($0.name)" }.joined(separator: ", ")
    if context.settings.json {
      try showJSON(work, outcome, context)
    } else if context.settings.quiet {
      for run in outcome.result.runs { context.out.line(String(run.id)) }
    } else {
      work.conclude(subject, outcome)
    }
    return outcome.exitCode
  }

  private func requests(_ owner: Owner) throws(CommandFailure) -> [RunRequest] {
    do {
      return try owner.planning().runs(
        of: pipeline, task: task, partition: partition, params: params.values)
    } catch {
      throw CommandFailure(error)
    }
  }

  private func showJSON(
    _ work: ForegroundWork, _ outcome: ForegroundWork.Outcome, _ context: Context
  ) throws(CommandFailure) {
    var details: [RunDetail] = []
    if let reader = try context.record(work.project) {
      details = try context.reading(reader) { reader in
        try outcome.result.runs.compactMap { try reader.runDetail($0.id) }
      }
    }
    let state = work.project.state
    context.json("run") { writer in
      work.write(outcome, to: &writer)
      writer.key("runs")
      writer.array { writer in
        for detail in details {
          writer.object { writer in
            detail.write(to: &writer) { attempt, task in state.log(of: attempt.id, task: task) }
          }
        }
      }
    }
  }
}
