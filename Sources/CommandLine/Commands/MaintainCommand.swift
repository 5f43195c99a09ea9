import Basics
import MeshModel
import Orchestration
import Records

/// `heddle maintain`.
struct MaintainCommand: Command {
  static let description = CommandDescription(
    name: "maintain", summary: "remove what the mesh's retention lets go", operands: [],
    options: [.flag("dry-run")],
    help: """
      heddle maintain: remove what the mesh's retention lets go

      Examples:
        heddle maintain --dry-run
        heddle maintain

      Usage: heddle maintain [--dry-run]

      Removes final runs that are older than 'retention: {runs: 90d}' of mesh.yaml says, but for the latest run of
      each partition and those that made the data that counts; alerts that have been over for as long; the logs of
      runs older than 'logs: 30d'; events older than 'events: 30d', for which a snapshot of the tables stands; and
      copies of releases that no run needs. A daemon does the same by itself, a little at a time.

      Options:
        --dry-run  only say how much would go

      Exit codes: 0 done, 1 failed, 9 somebody else has the state

      \(HelpText.localOptions)
      """)

  var isDryRun: Bool

  init(_ arguments: Arguments) throws(CommandFailure) { isDryRun = arguments.has("dry-run") }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    let project = try context.project()
    var tally = Maintenance.Tally()
    if let reader = try context.record(project, changes: !isDryRun) {
      let declared = project.declared
      if isDryRun {
        do throws(RecordsError) {
          tally = try Maintenance.preview(
            of: project.state, reader: reader, rule: declared.mesh.retention, clock: context.clock)
        } catch {
          throw CommandFailure(error)
        }
      } else {
        let work = try ForegroundWork(declared, context, project)
        do throws(SessionError) { tally = try work.owner.maintain() } catch { throw CommandFailure(error) }
      }
    }
    show(tally, context)
    return .success
  }

  private func show(_ tally: Maintenance.Tally, _ context: Context) {
    let parts = [
      ("runs", "run", tally.runs), ("alerts", "alert", tally.alerts), ("logs", "folder of logs", tally.logs),
      ("events", "event", Int(clamping: tally.events)), ("releases", "copy of a release", tally.releases),
    ]
    if context.settings.json {
      context.json("maintain") { writer in
        writer.key("dry_run")
        writer.boolean(isDryRun)
        for (name, _, count) in parts {
          writer.key(name)
          writer.integer(count)
        }
      }
      return
    }
    let words = parts.filter { $0.2 > 0 }.map { "\(Counted.grouped($0.2)) \($0.0)" }
    guard !words.isEmpty else { return context.remark("nothing to remove") }
    context.out.line((isDryRun ? "would remove " : "removed ") + words.joined(separator: ", "))
  }
}
