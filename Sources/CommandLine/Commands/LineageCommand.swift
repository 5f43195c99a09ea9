import Basics
import Lineage
import Orchestration
import MeshModel

/// `heddle lineage DATASET[.COLUMN]`.
struct LineageCommand: Command {
  static let description = CommandDescription(
    name: "lineage", summary: "show what a dataset or column is made of, and what is made of it",
    operands: [.required("DATASET[.COLUMN]", words: .names(.datasets))],
    options: [.value("up", "N"), .value("down", "N")],
    help: """
      heddle lineage: show what a dataset or column is made of, and what is made of it

      Examples:
        heddle lineage insights.fact_departures
        heddle lineage insights.fact_departures --up 5 --down 0
        heddle lineage insights.fact_departures.delay

      Usage: heddle lineage DATASET[.COLUMN] [--up N] [--down N]

      Datasets are told for all tasks, columns for those that are SQL.

      Options:
        --up N    how many steps toward the sources; default 1
        --down N  how many steps toward the consumers; default 1

      Exit codes: 0 ok, 3 nothing has that name, 4 errors in the declarations

      \(HelpText.options)
      """)

  var dataset: DatasetName
  /// Nil: the whole dataset.
  var column: String?
  var up: Int
  var down: Int

  init(_ arguments: Arguments) throws(CommandFailure) {
    let text = try arguments.required(0)
    let parts = text.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count >= 2, let name = DatasetName(parts[0] + "." + parts[1]), parts.last != "" else {
      throw .usage(
        "'\(text)' is neither a dataset nor a column", help: "write domain.dataset or domain.dataset.column")
    }
    dataset = name
    column = parts.count == 3 ? String(parts[2]) : nil
    up = try arguments.integer("up", in: 0...10_000) ?? 1
    down = try arguments.integer("down", in: 0...10_000) ?? 1
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    let declared = try context.declared()
    guard let trace = trace(in: declared.graph) else { throw missing(in: declared.graph) }
    context.out.write(context.settings.json ? trace.json : trace.text)
    return declared.verdict(context)
  }

  private func trace(in graph: MeshGraph) -> LineageTrace? {
    guard let column else { return LineageTrace(of: dataset, in: graph, up: up, down: down) }
    var graph = graph
    graph.columnSources = LineageBuilder.columnSources(of: graph)
    let reference = MeshGraph.ColumnReference(dataset: dataset, column: column)
    return LineageTrace(of: reference, in: graph, up: up, down: down)
  }

  private func missing(in graph: MeshGraph) -> CommandFailure {
    guard let found = graph.datasets[dataset], let column else {
      let near = EditDistance.nearest(
        to: dataset.description, among: graph.datasets.keys.sorted().map(\.description))
      return .notFound(
        "there is no dataset '\(dataset)'",
        help: near.map { "did you mean '\($0)'?" } ?? "see all of them: heddle completion datasets")
    }
    let names = found.columns.map(\.name)
    if names.isEmpty {
      return .notFound(
        "nothing tells the columns of '\(dataset)'",
        help: "tell them with 'columns:', or ask for '\(dataset)'")
    }
    let near = EditDistance.nearest(to: column, among: names)
    return .notFound(
      "'\(dataset)' has no column '\(column)'",
      help: near.map { "did you mean '\($0)'?" } ?? "its columns: " + names.joined(separator: ", "))
  }
}
