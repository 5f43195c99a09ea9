import Basics
import Declarations
import Diagnostics
import Lineage
import Orchestration

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

      \(HelpText.localOptions)
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
    if let explained { return try explain(explained, context) }
    let target = try CheckTarget(path, context)
    let declared = target.load()
    let diagnostics = declared.diagnostics.filter(target.concerns)
    let pipelines = declared.pipelineCount
    switch format {
    case .text: showText(diagnostics, pipelines: pipelines, context)
    case .json: context.out.write(JSONRenderer.text(diagnostics, pipelineCount: pipelines))
    case .sarif:
      context.out.write(
        SARIFRenderer.text(
          diagnostics, version: VersionCommand.version, explanations: CheckCommand.explanations))
    case .github: context.out.write(GitHubRenderer.text(diagnostics))
    }
    return diagnostics.hasErrors ? .invalidDeclarations : .success
  }

  private func showText(_ diagnostics: [Diagnostic], pipelines: Int, _ context: Context) {
    context.out.write(TextRenderer(usesColour: context.out.allowsColour).text(diagnostics))
    guard !context.settings.quiet else { return }
    if !diagnostics.isEmpty { context.out.line() }
    context.out.line("\(Counted.text(pipelines, "pipeline")), \(diagnostics.tally)")
  }

  /// What every code means; a code that two rooms use is told by the first.
  static var explanations: [DiagnosticExplanation] {
    let own = Set(DeclarationCodes.all.map(\.code))
    return DeclarationCodes.all + LineageCodes.all.filter { !own.contains($0.code) }
      + TaskTestChecks.explanations
  }

  private func explain(_ code: String, _ context: Context) throws(CommandFailure) -> ExitCode {
    let all = CheckCommand.explanations
    guard let found = all.first(where: { $0.code == code }) else {
      let near = EditDistance.nearest(to: code, among: all.map(\.code))
      throw .notFound(
        "there is no code '\(code)'",
        help: near.map { "did you mean '\($0)'?" } ?? "codes stand in [brackets]")
    }
    if context.settings.json {
      context.json("check") { writer in
        writer.key("code")
        writer.string(found.code)
        writer.key("explanation")
        writer.string(found.text)
      }
    } else {
      context.out.line(found.code + "\n")
      context.out.line(TerminalText.wrapped(found.text, to: min(context.out.columns, 100)))
    }
    return .success
  }
}
