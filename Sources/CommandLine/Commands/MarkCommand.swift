import Basics
import MeshModel
import Orchestration

/// `heddle mark NAME STATE`.
struct MarkCommand: Command {
  enum State: String, CaseIterable { case success, failed, skipped, missing }

  static let description = CommandDescription(
    name: "mark", summary: "declare a partition good or missing",
    operands: [
      .required("DATASET@KEY", words: .names(.datasets)),
      .required("STATE", words: .choices(State.allCases.map(\.rawValue))),
    ], options: [],
    help: """
      heddle mark: declare a partition good or missing

      Examples:
        heddle mark insights.fact_departures@2013-01-05 missing
        heddle mark insights.fact_departures@2013-01-05 success

      Usage: heddle mark DATASET@KEY missing|success

      'missing': the partition counts as never made, so the next backfill makes it again. 'success': it counts
      as good, whoever made it. The data itself stays as it is. A dataset without partitions is written
      without '@KEY'.

      Exit codes: 0 recorded, 3 nothing has that name, 9 somebody else has the state

      \(HelpText.options)
      """)

  var name: String
  var dataset: DatasetName
  /// Nil: the dataset has none.
  var partition: String?
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
    guard case .dataset(let dataset, let partition) = Reference(name) else {
      throw .usage("'\(name)' is no partition of a dataset", help: "write domain.dataset@partition")
    }
    self.dataset = dataset
    self.partition = partition
    guard state == .missing || state == .success else {
      throw .usage("a partition cannot be '\(word)'", help: "mark it 'missing' or 'success'")
    }
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    let project = try context.project()
    let work = try ForegroundWork(CheckedProject(loading: project.root), context, project)
    do throws(SessionError) {
      let reply = try work.owner.answer(
        .mark(dataset: dataset, partition: partition, as: state == .missing ? .missing : .present))
      if case .refused(let kind, let message, let help) = reply {
        throw SessionError(kind, message, help: help)
      }
    } catch {
      throw CommandFailure(error)
    }
    if context.settings.json {
      context.json("mark") { writer in
        writer.key("dataset")
        writer.string(dataset.description)
        writer.key("partition")
        writer.string(partition)
        writer.key("state")
        writer.string(state.rawValue)
      }
    } else {
      context.out.line(context.settings.quiet ? name : "\(name)  marked \(state.rawValue)")
    }
    return .success
  }
}
