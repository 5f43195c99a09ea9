import MeshModel
import Orchestration
import Records

/// `heddle show NAME`.
struct ShowCommand: Command {
  static let description = CommandDescription(
    name: "show", summary: "show one run, backfill, pipeline, task, dataset or domain",
    operands: [.required("NAME", words: .names(.pipelines))], options: [],
    help: """
      heddle show: show one run, backfill, pipeline, task, dataset or domain

      Examples:
        heddle show 412                                 a run and its tasks
        heddle show operations/departures@2013-01-05    the run of a partition that goes on, or the latest
        heddle show b12                                 a backfill
        heddle show operations/departures               a pipeline
        heddle show operations/departures.clean         a task
        heddle show operations.flights                  a dataset
        heddle show operations.flights@2013-01-05       a partition of a dataset
        heddle show operations                          a domain

      Usage: heddle show NAME

      Exit codes: 0 told, 3 nothing has that name, 4 the declarations cannot be read

      \(HelpText.options)
      """)

  var name: String
  var reference: Reference

  init(_ arguments: Arguments) throws(CommandFailure) {
    name = try arguments.required(0)
    guard let reference = Reference(name) else {
      throw .usage(
        "'\(name)' is no name of anything", help: "write 412, b12, domain/pipeline, domain.dataset or domain")
    }
    self.reference = reference
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    let world = World(context: context, project: try context.project())
    switch reference {
    case .run(let id): try showRun(id, world)
    case .backfill(let id): try showBackfill(id, world)
    case .pipeline(let name, nil): return try showPipeline(name, world)
    case .pipeline(let name, let partition): try showRun(of: name, partition: partition, world)
    case .task(let name, nil, nil): return try showTask(name, world)
    case .task(let name, let each, let partition):
      try showInstance(name, each: each, partition: partition, world)
    case .dataset(let name, nil): return try showDataset(name, world)
    case .dataset(let name, let partition?): return try showPartition(name, partition, world)
    case .domain(let name): return try showDomain(name, world)
    }
    return .success
  }

  /// The project and its record, opened when they are needed.
  struct World {
    var context: Context
    var project: Project

    func record() throws(CommandFailure) -> StateReader? { try context.record(project) }

    func declared() -> CheckedProject { project.declared }

    func noRuns(_ what: String) -> CommandFailure {
      .notFound(
        "there is no \(what): nothing was ever run here", help: "make the first run: heddle run PIPELINE")
    }

    /// The run that a number, a pipeline or a partition of one means.
    func detail(of run: Reference) throws(CommandFailure) -> RunDetail {
      switch run {
      case .pipeline(let name, let partition): return try latestRun(of: name, partition: partition)
      case .run(let id):
        guard let reader = try record() else { throw noRuns("run \(id)") }
        if let detail = try context.reading(reader, { try $0.runDetail(id) }) { return detail }
        throw .notFound("there is no run \(id)", help: "see the latest ones: heddle runs")
      default:
        throw .usage(
          "'\(run)' is no run", help: "write its number, domain/pipeline, or domain/pipeline@partition")
      }
    }

    /// The latest run of a pipeline, or the current one of a partition.
    func latestRun(of pipeline: PipelineName, partition: String?) throws(CommandFailure) -> RunDetail {
      let name = partition.map { "\(pipeline)@\($0)" } ?? "\(pipeline)"
      guard let reader = try record() else { throw noRuns("run of '\(name)'") }
      let found = try context.reading(reader) { reader in
        let run =
          if let partition { try reader.currentRun(of: pipeline, partition: partition) } else {
            try reader.runs(RunFilter(pipelines: [pipeline], limit: 1)).runs.first
          }
        return try run.flatMap { try reader.runDetail($0.id) }
      }
      guard let found else {
        throw .notFound("there is no run of '\(name)'", help: "see its runs: heddle runs \(pipeline)")
      }
      return found
    }
  }
}
