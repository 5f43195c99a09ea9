import Basics
import MeshModel
import Orchestration

/// `heddle accept DATASET[@KEY]|SELECTOR`.
struct AcceptCommand: Command {
  static let description = CommandDescription(
    name: "accept", summary: "declare stale partitions good as they are",
    operands: [.required("DATASET[@KEY]|SELECTOR", words: .names(.datasets))],
    options: [.value("from", "KEY"), .value("to", "KEY")],
    help: """
      heddle accept: declare stale partitions good as they are

      Examples:
        heddle accept insights.fact_departures@2013-01-05
        heddle accept insights.fact_departures --from 2013-01-01 --to 2013-01-31
        heddle accept 'domain:operations'

      Usage: heddle accept DATASET[@KEY]|SELECTOR [--from KEY --to KEY]

      What is stale of it counts from now on as made by the code as it is and of the inputs as they are: it is
      stale again when one of them moves on. The data stays as it is. 'heddle audit' tells who said so. To have
      an accepted partition made anew: heddle mark DATASET@KEY missing, then a backfill.

      Options:
        --from KEY  only partitions from this one on
        --to KEY    only partitions up to this one

      Exit codes: 0 nothing of it is stale any more, 3 nothing has that name, 9 somebody else has the state

      \(HelpText.options)
      """)

  var wish: AcceptWish

  init(_ arguments: Arguments) throws(CommandFailure) {
    wish = AcceptWish(what: try arguments.required(0))
    let ends = [arguments.value("from"), arguments.value("to")]
    if let from = ends[0], let to = ends[1] { wish.range = AcceptWish.Range(from: from, to: to) }
    guard (ends[0] == nil) == (ends[1] == nil) else {
      throw .usage("a range has two ends", help: "give --from KEY and --to KEY, or neither")
    }
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    let project = try context.project()
    let text = try context.asking(project) { (ask) throws(CommandFailure) in try ask(.accept(wish)) }
    if context.settings.json {
      context.json("accept") { writer in
        writer.key("what")
        writer.string(wish.what)
        writer.key("text")
        writer.string(text)
      }
    } else {
      context.out.line(context.settings.quiet ? wish.what : TerminalText.clean(text))
    }
    return .success
  }
}
