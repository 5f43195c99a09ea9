import Basics
import MeshModel
import Orchestration
import Records

/// `heddle mark NAME STATE`.
struct MarkCommand: Command {
  enum State: String, CaseIterable { case success, failed, skipped, missing }

  /// What is marked.
  enum Target: Hashable {
    /// Without a partition: the dataset has none.
    case partition(DatasetName, String?, DatasetMark)
    /// An instance of a run: of that number, the latest of a pipeline, or the current one of a partition; the
    /// task as `task`, `task[0]` or `task[value]`.
    case instance(Reference, task: String, InstanceMark)
  }

  static let description = CommandDescription(
    name: "mark", summary: "declare a partition or a task instance good, or not",
    operands: [
      .required("DATASET@KEY|INSTANCE", words: .names(.datasets)),
      .required("STATE", words: .choices(State.allCases.map(\.rawValue))),
    ], options: [],
    help: """
      heddle mark: declare a partition or a task instance good, or not

      Examples:
        heddle mark insights.fact_departures@2013-01-05 missing
        heddle mark insights.fact_departures@2013-01-05 success
        heddle mark 412/publish skipped
        heddle mark 'operations/departures.publish[EWR]@2013-01-05' success

      Usage: heddle mark DATASET@KEY missing|success
             heddle mark INSTANCE success|failed|skipped

      'missing': the partition counts as never made, so the next backfill makes it again. 'success': it counts
      as good, whoever made it. The data itself stays as it is. A dataset without partitions is written
      without '@KEY'.

      An instance is written RUN/TASK, or PIPELINE.TASK@KEY for the run of that partition that goes on, or the
      latest; under 'each' with its value or number: publish[EWR]. It ends as marked if it has not begun to work,
      and its run goes on with that: also one that waits without a worker.

      Exit codes: 0 recorded, 3 nothing has that name, 9 it is final, or somebody else has the state

      \(HelpText.options)
      """)

  var name: String
  var target: Target
  var state: State

  init(_ arguments: Arguments) throws(CommandFailure) {
    name = try arguments.required(0)
    let word = try arguments.required(1)
    guard let state = State(rawValue: word) else {
      let all = State.allCases.map(\.rawValue)
      throw .usage(
        "'\(word)' is no state to mark with",
        help: EditDistance.nearest(to: word, among: all).map { "did you mean '\($0)'?" }
          ?? "one of: " + all.joined(separator: ", "))
    }
    self.state = state
    if case .dataset(let dataset, let partition) = Reference(name) {
      guard state == .missing || state == .success else {
        throw .usage("a partition cannot be '\(word)'", help: "mark it 'missing' or 'success'")
      }
      target = .partition(dataset, partition, state == .missing ? .missing : .present)
      return
    }
    guard let (run, task) = Reference.instance(named: name) else {
      throw .usage(
        "'\(name)' is neither a partition of a dataset nor a task of a run",
        help: "write domain.dataset@partition, 412/task or domain/pipeline.task@partition")
    }
    guard let mark = InstanceMark(rawValue: word) else {
      throw .usage("a task cannot be '\(word)'", help: "mark it 'success', 'failed' or 'skipped'")
    }
    target = .instance(run, task: task, mark)
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    let project = try context.project()
    let request: ControlRequest
    switch target {
    case .partition(let dataset, let partition, let mark):
      request = .mark(dataset: dataset, partition: partition, as: mark)
    case .instance(let run, let task, let mark):
      let world = ShowCommand.World(context: context, project: project)
      let instance = try world.instance(task, of: run)
      request = .markInstance(
        run: instance.id.run, task: instance.task, index: instance.id.index, as: mark)
    }
    let text = try context.asking(project) { (ask) throws(CommandFailure) in try ask(request) }
    show(text, request, context)
    return .success
  }

  private func show(_ text: String, _ request: ControlRequest, _ context: Context) {
    guard context.settings.json else {
      return context.out.line(context.settings.quiet ? name : TerminalText.clean(text))
    }
    context.json("mark") { writer in
      switch request {
      case .mark(let dataset, let partition, _):
        writer.key("dataset")
        writer.string(dataset.description)
        writer.key("partition")
        writer.string(partition)
      case .markInstance(let run, let task, let index, _):
        writer.key("run")
        writer.integer(run)
        writer.key("task")
        writer.string(task)
        writer.key("index")
        writer.integer(index)
      default: break
      }
      writer.key("state")
      writer.string(state.rawValue)
    }
  }
}
