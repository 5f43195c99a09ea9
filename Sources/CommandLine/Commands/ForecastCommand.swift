import Basics
import Diagnostics
import Lineage
import MeshModel
import Orchestration
import Records

/// `heddle forecast [SELECTOR] --hours N [--release DIR]`.
struct ForecastCommand: Command {
  static let description = CommandDescription(
    name: "forecast", summary: "say what will run, when, and what it will wait for",
    operands: [.optional("SELECTOR", words: .names(.selectors))],
    options: [.value("hours", "N"), .value("release", "DIR", words: .directories)],
    help: """
      heddle forecast: say what will run, when, and what it will wait for

      Examples:
        heddle forecast
        heddle forecast 'operations/*' --hours 8
        heddle forecast --release ../mesh-with-two-more-pipelines --hours 48

      Usage: heddle forecast [SELECTOR] [--hours N] [--release DIR]

      Runs the scheduler itself ahead on a clock of its own, from the record as it is: live runs, queues, pauses,
      schedules, data, slots and shares. Nothing is written and nothing runs. Each task is taken to succeed after
      the median of its successes in the last 20 runs of its pipeline; one that has none after what is usual in
      its pipeline, its domain or the mesh, and the run's end is called uncertain. So is that of a run that has
      a condition, a fan-out, or waits for somebody or something outside.

      Shows the runs, the deadlines they miss, what they wait for, and whose end is uncertain.

      Options:
        --hours N      how far, 1 to 8784; default: 24
        --release DIR  as if the project in that folder were deployed now

      Exit codes: 0 told, 3 nothing has that name, 4 the declarations of '--release' have errors

      \(HelpText.options)
      """)

  var selector: String?
  var hours: Int
  var release: String?

  init(_ arguments: Arguments) throws(CommandFailure) {
    selector = arguments.operand(0)
    hours = try arguments.integer("hours", in: 1...8784) ?? 24
    release = arguments.value("release")
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    let project = try context.project()
    let reader = try context.record(project)
    let changed = try changedProject(context)
    let declared = project.declared
    let owner = try context.ownerLink(project)
    let forecaster = Forecaster(
      project: declared, state: project.state, reader: reader, clock: context.clock,
      workers: owner?.workers ?? ForegroundWork.suitableWorkers)
    var forecast: Forecast
    let most = context.caller == nil ? ForecastBounds() : .forOthers
    do {
      forecast = try forecaster.forecast(.seconds(hours * 3600), deploying: changed, most: most)
    } catch { throw CommandFailure(error) }
    if let selector {
      let graph = changed ?? declared
      let places = graph.graph.pipelines(of: try graph.nodes(selector, reader: reader))
      let names = Set(places.map { graph.graph.pipelines[$0].name })
      forecast = forecast.of(names.contains)
    }
    if context.settings.json {
      context.json("forecast") { forecast.write(to: &$0) }
    } else {
      ForecastView(forecast: forecast).write(context)
    }
    if owner?.isDaemon != true {
      context.out.flush()
      context.remark("no daemon is there: so it would be from now on with one: heddle serve")
    }
    return .success
  }

  private func changedProject(_ context: Context) throws(CommandFailure) -> CheckedProject? {
    guard let release else { return nil }
    let root = context.absolute(release)
    guard context.isFolder(root + "/dags") else {
      throw .notFound("'\(release)' holds no folder 'dags'", help: "name the folder above 'dags'")
    }
    let changed = CheckedProject(loading: root, environment: try context.project().state.environment)
    let errors = changed.diagnostics.errorCount
    guard errors == 0 else {
      throw CommandFailure(
        .invalidDeclarations, "\(Counted.text(errors, "error")) in the declarations of '\(release)'",
        help: "see them: heddle check \(ShellWord.quoted(release))")
    }
    return changed
  }
}
