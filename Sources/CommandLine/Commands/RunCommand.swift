import Basics
import MeshModel
import Orchestration
import Planning
import Records

/// `heddle run PIPELINE[.TASK]`.
struct RunCommand: Command {
  static let description = CommandDescription(
    name: "run", summary: "run a pipeline, or one of its tasks, now",
    operands: [.required("PIPELINE[.TASK]", words: .names(.tasks))],
    options: [
      .value("partition", "KEY"), .value("param", "NAME=VALUE", repeats: true), .value("workers", "N"),
      .flag("preview"), .flag("detach"), .flag("local"),
    ],
    help: """
      heddle run: run a pipeline, or one of its tasks, now

      Examples:
        heddle run operations/departures
        heddle run operations/departures --partition 2013-01-05
        heddle run operations/departures.clean --param sample=10
        heddle run operations/departures --preview

      Usage: heddle run PIPELINE[.TASK] [--partition KEY] [--param NAME=VALUE]... [OPTION]...

      Follows the run to its end. Where a daemon (heddle serve) or another command owns the state, that process
      runs it, and Ctrl-C only stops the following. Otherwise this process runs it: Ctrl-C then cancels it
      cleanly, a second Ctrl-C at once.

      Options:
        --partition KEY     the partition to run; default: the latest complete one
        --param NAME=VALUE  set a param of the pipeline; may be given more than once
        --preview           change nothing: carry SQL and loads out on a copy of the store, with the declarations
                            as they are now, and show which rows would come and go
        --workers N         run at most N tasks at once, when this process runs it; default: twice the number
                            of processors
        --detach            let the daemon run it, and do not follow it
        --local             run it in this process, also where a daemon used to

      Exit codes: 0 the run succeeded, 1 it failed, 3 nothing has that name, 4 errors in the declarations,
      6 no daemon, or it went away, 9 somebody else has the state, 130 interrupted

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
  var preview: Bool
  var detach: Bool
  var local: Bool

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
    preview = arguments.has("preview")
    (detach, local) = try arguments.whereabouts("runs it")
    if preview, detach || local || workers != nil {
      throw .usage(
        "a preview runs nothing, here or elsewhere", help: "leave --detach, --local and --workers out")
    }
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    if preview { return try showPreview(context) }
    let runs = try AskedRuns(context, as: "run", workers: workers, isDetached: detach, isLocal: local)
    return try runs.make(
      asking: .run(pipeline: pipeline, task: task, partition: partition, params: params.values)
    ) {
      (owner) throws(SessionError) in
      let requests = try owner.planning().runs(
        of: pipeline, task: task, partition: partition, params: params.values)
      if partition == nil, let latest = requests.last?.partition {
        context.remark("partition \(latest.key), the latest complete one")
      }
      return .runs(requests)
    }
  }
}

extension CommandFailure {
  /// Nobody is there to run it while nobody watches.
  static var nobodyToDetachTo: CommandFailure {
    CommandFailure(
      .noDaemon, "no daemon answers that could run it while nobody follows",
      help: "start one: heddle serve, or leave --detach out")
  }
}
