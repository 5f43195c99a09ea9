/// `heddle check [PATH|-]`.
struct CheckCommand: Command {
  enum Format: String, CaseIterable { case text, json, sarif, github }

  static let description = CommandDescription(
    name: "check", summary: "find every mistake in the declarations",
    operands: [.optional("PATH", words: .files)],
    options: [
      .value("format", "FORMAT", words: .choices(Format.allCases.map(\.rawValue))),
      .value("explain", "CODE"),
    ],
    help: """
      heddle check: find every mistake in the declarations

      Examples:
        heddle check                                  the whole project
        heddle check dags/operations                  what concerns one domain
        heddle check - < dags/operations/land.yaml    one file, before it is saved
        heddle check --format github                  annotations in a pull request
        heddle check --explain unknown-key            what a code means

      Usage: heddle check [PATH|-] [--format FORMAT] [--explain CODE]

      Reads all files, compiles all SQL and runs nothing. PATH narrows what is told, not what is read.

      Options:
        --format FORMAT  text (default), json, sarif or github
        --explain CODE   say what a code means, and check nothing

      Exit codes: 0 no errors (there may be warnings), 4 errors

      \(HelpText.options)
      """)

  /// Nil: everything.
  var path: String?
  var format: Format
  var explained: String?

  init(_ arguments: Arguments) throws(CommandFailure) {
    path = arguments.operand(0)
    explained = arguments.value("explain")
    let format = try arguments.choice("format", of: Format.self)
    if let format, format != .json, arguments.has("json") {
      throw .usage("'--json' and '--format \(format.rawValue)' exclude each other", help: "give one of them")
    }
    if explained != nil, path != nil || format != nil {
      throw .usage("'--explain' stands alone", help: "write: heddle check --explain CODE")
    }
    self.format = format ?? (arguments.has("json") ? .json : .text)
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    throw CommandFailure(.failed, "'heddle check' is not there yet")
  }
}
