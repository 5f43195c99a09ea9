import Basics
import MeshModel

/// Runs that an owner of the state accepted.
struct AcceptedWork {
  var runs: [RunID]
  var backfill: BackfillID?
  /// `the daemon (process 12)`.
  var owner: String

  /// `run 412`, `runs 412 and 413` or `backfill b12`.
  var name: String {
    if let backfill { return "backfill b\(backfill)" }
    let numbers = runs.map { String($0) }
    guard numbers.count > 1 else { return "run \(numbers.first ?? "")" }
    return "runs \(numbers.dropLast().joined(separator: ", ")) and \(numbers.last ?? "")"
  }

  /// What its commands are given.
  private var operand: String { backfill.map { "b\($0)" } ?? runs.last.map { String($0) } ?? "" }

  /// Says that the runs go on without anybody who watches.
  func tellDetached(_ command: String, isInterrupted: Bool, _ context: Context) {
    if context.settings.json {
      context.json(command) { writer in
        writer.key("state")
        writer.string("detached")
        writer.key("backfill")
        writer.string(backfill.map { "b\($0)" })
        writer.key("runs")
        writer.array { writer in
          for run in runs {
            writer.object { writer in
              writer.key("id")
              writer.integer(run)
            }
          }
        }
      }
      return
    }
    if context.settings.quiet {
      if let backfill { context.out.line("b\(backfill)") }
      for run in runs { context.out.line(String(run)) }
      return
    }
    if isInterrupted {
      context.err.line("\(name) goes on, in \(owner); to end it: heddle cancel \(operand)")
    } else {
      context.out.line("\(name) started")
      context.out.flush()
      context.remark("next: heddle show \(operand), or heddle cancel \(operand)")
    }
  }
}
