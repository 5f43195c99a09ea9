import Basics
import Declarations
import Diagnostics
import MeshModel
import Orchestration
import Records

/// `heddle test [PATH]`.
struct TestCommand: Command {
  static let description = CommandDescription(
    name: "test", summary: "hold tasks against rows that are given and expected",
    operands: [.optional("PATH", words: .files)], options: [],
    help: """
      heddle test: hold tasks against rows that are given and expected

      Examples:
        heddle test                                    every test of the project
        heddle test dags/operations                    those of one domain
        heddle test dags/operations/summary.test.yaml  one file

      Usage: heddle test [PATH]

      A test lies beside the pipeline, in TASK.test.yaml:

        partition: 2013-01-31
        given:
          operations.flights:
            - {day: 2013-01-31, origin: EWR, dep_delay: 4}
            - {day: 2013-01-31, origin: EWR, dep_delay: 8}
        expect:
          operations.daily_departures:
            - {day: 2013-01-31, origin: EWR, departures: 2, mean_delay: 6}

      Each is carried out in stores of its own, in memory, by the code that runs the task at night. The
      state is not touched. Tests are of SQL tasks and of loads of files.

      Exit codes: 0 all passed, 1 some did not, 3 there are none, 4 errors in declarations or tests

      \(HelpText.localOptions)
      """)

  /// Nil: everything.
  var path: String?

  init(_ arguments: Arguments) throws(CommandFailure) { path = arguments.operand(0) }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    if path == "-" {
      throw .usage("a test is read from its file", help: "write: heddle test PATH")
    }
    let target = try CheckTarget(path, context)
    let tests = TaskTests(target.load(), clock: context.clock, where: target.holds)
    if !tests.diagnostics.isEmpty {
      context.err.write(
        TextRenderer(usesColour: context.err.allowsColour).text(tests.diagnostics))
    }
    if tests.diagnostics.hasErrors {
      throw CommandFailure(.invalidDeclarations, tests.diagnostics.tally + " in the tests")
    }
    guard !tests.tests.isEmpty else {
      throw .notFound("there are no tests here", help: "write one: heddle test --help shows how")
    }
    context.interrupts.watch { _ in tests.stop() }
    var verdicts: [TestVerdict] = []
    for test in tests.tests where !tests.wereStopped {
      do { verdicts.append(try tests.verdict(on: test)) } catch { throw CommandFailure(error) }
      if !context.settings.json { show(verdicts[verdicts.count - 1], context) }
    }
    let failed = verdicts.count { !$0.hasPassed }
    if context.settings.json {
      showJSON(verdicts, context)
    } else if !context.settings.quiet {
      context.out.line("\(Counted.text(verdicts.count, "test")), \(failed) failed")
    }
    if tests.wereStopped { return .interrupted }
    return failed == 0 ? .success : .failed
  }

  private func show(_ verdict: TestVerdict, _ context: Context) {
    let label = StateLabel(verdict.hasPassed ? InstanceState.success : .failed)
    if verdict.hasPassed, context.settings.quiet { return }
    let paint = Paint(context.out)
    let name = verdict.test.name.map { "  " + TerminalText.clean($0) } ?? ""
    context.out.line(
      paint.colour(label.colour, "\(label.glyph)") + " \(verdict.test.task)\(name)  "
        + paint.dim("\(verdict.milliseconds) ms"))
    if !verdict.hasPassed { context.out.line("  \(verdict.test.position)") }
    for problem in verdict.problems {
      switch problem {
      case .end(let text): context.out.line("  " + TerminalText.clean(text))
      case .rows(let difference):
        RowDifferenceView(difference: difference).write(to: context.out, indent: "  ")
      }
    }
  }

  private func showJSON(_ verdicts: [TestVerdict], _ context: Context) {
    context.json("test") { writer in
      writer.key("items")
      writer.array { writer in
        for verdict in verdicts {
          writer.object { writer in
            writer.key("task")
            writer.string(verdict.test.task.description)
            writer.key("case")
            writer.string(verdict.test.name)
            writer.key("position")
            writer.string(verdict.test.position.description)
            writer.key("passed")
            writer.boolean(verdict.hasPassed)
            writer.key("milliseconds")
            writer.integer(verdict.milliseconds)
            writer.key("problems")
            writer.array { writer in for problem in verdict.problems { Self.write(problem, to: &writer) } }
          }
        }
      }
    }
  }

  private static func write(_ problem: TestVerdict.Problem, to writer: inout JSONWriter) {
    writer.object { writer in
      switch problem {
      case .end(let text):
        writer.key("message")
        writer.string(text)
      case .rows(let difference):
        writer.key("message")
        writer.string(RowDifferenceView(difference: difference).summary)
        writer.key("missing")
        writer.rows(difference.missing.map(\.values), columns: difference.columns)
        writer.key("surplus")
        writer.rows(difference.surplus, columns: difference.columns)
      }
    }
  }
}

extension JSONWriter {
  /// Rows as objects.
  mutating func rows(_ rows: [[Scalar]], columns: [String]) {
    array { writer in
      for row in rows {
        writer.object { writer in
          for (column, value) in zip(columns, row) {
            writer.key(column)
            writer.value(value)
          }
        }
      }
    }
  }
}
