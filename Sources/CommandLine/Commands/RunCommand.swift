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
      .flag("detach"), .flag("local"),
    ],
    help: """
      heddle run: run a pipeline, or one of its tasks, now

      Examples:
        heddle run operations/departures
        heddle run operations/departures --partition 2013-01-05
        heddle run operations/departures.clean --param sample=10

      Usage: heddle run PIPELINE[.TASK] [--partition KEY] [--param NAME=VALUE]... [OPTION]...

      Follows the run to its end. Where a daemon (heddle serve) or another command owns the state, that process
      runs it, and Ctrl-C only stops the following. Otherwise this process runs it: Ctrl-C then cancels it
      cleanly, a second Ctrl-C at once.

      Options:
        --partition KEY     the partition to run; default: the latest complete one
        --param NAME=VALUE  set a param of the pipeline; may be given more than once
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
    detach = arguments.has("detach")
    local = arguments.has("local")
    if detach, local {
      throw .usage("'--local' runs it here, so there is nothing to detach from", help: "give one of them")
    }
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    let project = try context.project()
    let declared = CheckedProject(loading: project.root)
    if detach, try context.ownerLink(project) == nil { throw .nobodyToDetachTo }
    switch try context.hold(declared, project, isLocal: local, runs: true) {
    case .ours(let work):
      try work.finishUnfinished(workers: workers)
      let requests = try requests(work.owner)
      if partition == nil, let latest = requests.last?.partition {
        context.remark("partition \(latest.key), the latest complete one")
      }
      let outcome = try work.follow(.runs(requests), workers: workers)
      try report(outcome, context, project)
      return outcome.exitCode
    case .theirs(let link):
      let work = try FollowedWork(link, declared, context, project)
      let accepted = try work.ask(
        .run(pipeline: pipeline, task: task, partition: partition, params: params.values))
      if detach {
        work.tellDetached(accepted, "run", isInterrupted: false)
        return .success
      }
      context.remark("\(accepted.name) in \(link.name); Ctrl-C leaves it running")
      switch try work.follow(accepted) {
      case .final(let outcome):
        try report(outcome, context, project)
        return outcome.exitCode
      case .detached:
        work.tellDetached(accepted, "run", isInterrupted: true)
        return .interrupted
      }
    }
  }

  private func report(
    _ outcome: WorkOutcome, _ context: Context, _ project: Project
  ) throws(CommandFailure) {
    if context.settings.json {
      try showJSON(outcome, context, project)
    } else if context.settings.quiet {
      for run in outcome.runs.map(\.id) + outcome.held.map(\.run) { context.out.line(String(run)) }
    } else {
      let runs = outcome.ended.map { ($0.run, $0.name) } + outcome.held
      let subject = runs.map { "run \($0.0)  \($0.1)" }.joined(separator: ", ")
      outcome.conclude(subject, context)
    }
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
    _ outcome: WorkOutcome, _ context: Context, _ project: Project
  ) throws(CommandFailure) {
    var details: [RunDetail] = []
    if let reader = try context.record(project) {
      details = try context.reading(reader) { reader in
        try (outcome.runs.map(\.id) + outcome.held.map(\.run)).compactMap { try reader.runDetail($0) }
      }
    }
    context.json("run") { writer in
      outcome.write(to: &writer)
      writer.key("runs")
      writer.array { writer in
        for detail in details {
          writer.object { writer in
            detail.write(to: &writer) { attempt, task in project.state.log(of: attempt.id, task: task) }
          }
        }
      }
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
