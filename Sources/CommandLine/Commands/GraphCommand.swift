import Lineage
import Orchestration

/// `heddle graph [SELECTOR]`.
struct GraphCommand: Command {
  enum Format: String, CaseIterable { case text, dot, mermaid, json }

  static let description = CommandDescription(
    name: "graph", summary: "show which task comes after which, and why",
    operands: [.optional("SELECTOR", words: .names(.selectors))],
    options: [.value("format", "FORMAT", words: .choices(Format.allCases.map(\.rawValue)))],
    help: """
      heddle graph: show which task comes after which, and why

      Examples:
        heddle graph
        heddle graph 'operations/*'
        heddle graph '+insights/stars' --format dot | dot -Tsvg > graph.svg
        heddle graph --format json

      Usage: heddle graph [SELECTOR] [--format FORMAT]

      Nodes are tasks. An edge is a dataset that one task writes and another reads, or an 'after'.

      Options:
        --format FORMAT  text (default), dot, mermaid or json

      Exit codes: 0 ok, 3 nothing has that name, 4 errors in the declarations

      \(HelpText.options)
      """)

  /// Nil: the whole mesh.
  var selector: String?
  var format: Format

  init(_ arguments: Arguments) throws(CommandFailure) {
    selector = arguments.operand(0)
    let format = try arguments.choice("format", of: Format.self)
    if let format, format != .json, arguments.has("json") {
      throw .usage("'--json' and '--format \(format.rawValue)' exclude each other", help: "give one of them")
    }
    self.format = format ?? (arguments.has("json") ? .json : .text)
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    let declared = try context.declared()
    var nodes: [Int]?
    if let selector { nodes = try declared.nodes(selector, reader: nil, asksRecord: false) }
    let view = GraphView(declared.graph, nodes: nodes)
    switch format {
    case .text: context.out.write(view.text)
    case .dot: context.out.write(view.dot)
    case .mermaid: context.out.write(view.mermaid)
    case .json: context.out.write(view.json)
    }
    return declared.verdict(context)
  }
}
