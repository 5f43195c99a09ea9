import Basics
import Orchestration

/// `heddle backup DIR`.
struct BackupCommand: Command {
  static let description = CommandDescription(
    name: "backup", summary: "copy the state and the stores while they are in use",
    operands: [.required("DIR", words: .directories)], options: [],
    help: """
      heddle backup: copy the state and the stores while they are in use

      Examples:
        heddle backup /backups/2025-01-31

      Usage: heddle backup DIR

      Copies the state file, the stores of all domains and the copies of releases into a new folder, each as of
      one moment, has SQLite read every copy to its end, and writes 'heddle-backup.json' last: the versions, the
      number of the last event, and the length and SHA-256 of every file. Without that file a backup is not
      whole; with it, it is never overwritten. An owner goes on meanwhile. Not copied: secrets and logs.

      Exit codes: 0 copied, 1 failed, 3 there is no state yet, 9 the folder is not empty

      \(HelpText.localOptions)
      """)

  var folder: String

  init(_ arguments: Arguments) throws(CommandFailure) { folder = try arguments.required(0) }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    let project = try context.project()
    let declared = project.declared
    let marker: BackupMarker
    do {
      marker = try Backup(
        state: project.state, mesh: declared.mesh, clock: context.clock, version: VersionCommand.version
      ).take(into: context.absolute(folder))
    } catch {
      throw CommandFailure(error)
    }
    if context.settings.json {
      context.json("backup") { writer in
        writer.key("folder")
        writer.string(context.absolute(folder))
        marker.write(to: &writer)
      }
    } else {
      context.out.line(
        context.settings.quiet
          ? context.absolute(folder)
          : "copied \(Counted.text(marker.files.count, "file")) with "
            + "\(Counted.text(Int(clamping: marker.bytes), "byte")), up to event "
            + "\(Counted.grouped(Int(clamping: marker.sequence))); all are whole")
      context.out.flush()
      context.remark("secrets and logs are left out")
    }
    return .success
  }
}
