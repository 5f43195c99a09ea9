import Basics
import Orchestration
import Records

/// `heddle restore DIR`.
struct RestoreCommand: Command {
  static let description = CommandDescription(
    name: "restore", summary: "put a backup in the place of the state",
    operands: [.required("DIR", words: .directories)], options: [.flag("force")],
    help: """
      heddle restore: put a backup in the place of the state

      Examples:
        heddle restore /backups/2025-01-31

      Usage: heddle restore DIR [--force]

      Checks every file of the backup against its length and SHA-256, makes everything ready beside the state,
      and lets both trade places at once. What was there before is put aside and not deleted; secrets are taken
      over from it, logs stay there. Where the record and a store of the backup do not agree on a partition, it
      counts as missing. Runs that were under way are left to the next owner, which finds their attempts lost.
      The state gets another name, so that no attempt to come is taken for one that a store has seen.

      Options:
        --force  also while tasks of the last owner may still be running

      Exit codes: 0 restored, 1 the backup is damaged, 3 it is none, 9 somebody owns the state

      \(HelpText.localOptions)
      """)

  var folder: String
  var force: Bool

  init(_ arguments: Arguments) throws(CommandFailure) {
    folder = try arguments.required(0)
    force = arguments.has("force")
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    let project = try context.project()
    let outcome: Restoration.Outcome
    do {
      outcome = try Restoration(
        project: project.declared, state: project.state, clock: context.clock
      ).restore(from: context.absolute(folder), force: force)
    } catch {
      throw CommandFailure(error)
    }
    if context.settings.json { write(outcome, context) } else { show(outcome, context) }
    return .success
  }

  private func show(_ outcome: Restoration.Outcome, _ context: Context) {
    for name in outcome.missing {
      context.out.line(context.settings.quiet ? name : "missing  \(TerminalText.clean(name))")
    }
    context.out.flush()
    context.remark(
      "restored the backup of \(outcome.marker.takenAt.text), up to event "
        + Counted.grouped(Int(clamping: outcome.marker.sequence)))
    for path in outcome.putAside { context.remark("what was there is now '\(TerminalText.clean(path))'") }
    if !outcome.missing.isEmpty {
      context.remark("\(Counted.text(outcome.missing.count, "partition")) to be made again by a backfill")
    }
    if outcome.unfinishedRuns > 0 {
      context.remark("\(Counted.text(outcome.unfinishedRuns, "run")) for the next owner to go on with")
    }
  }

  private func write(_ outcome: Restoration.Outcome, _ context: Context) {
    context.json("restore") { writer in
      writer.moment("taken_at", outcome.marker.takenAt)
      writer.key("sequence")
      writer.integer(outcome.marker.sequence)
      for (name, texts) in [
        ("missing", outcome.missing), ("put_aside", outcome.putAside),
      ] {
        writer.key(name)
        writer.array { writer in for text in texts { writer.string(text) } }
      }
      writer.key("unfinished_runs")
      writer.integer(outcome.unfinishedRuns)
    }
  }
}
