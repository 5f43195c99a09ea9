import Basics
import Orchestration
import Records

/// `heddle doctor`.
struct DoctorCommand: Command {
  static let description = CommandDescription(
    name: "doctor", summary: "examine the state: whole, lawful, readable by its owner only", operands: [],
    options: [],
    help: """
      heddle doctor: examine the state: whole, lawful, readable by its owner only

      Examples:
        heddle doctor
        heddle doctor --json

      Usage: heddle doctor

      Looks at the state file (SQLite's own check of it, the laws of states and attempts, the event log without
      gaps and its fold against the tables), at the stores against the record, and at what lies around them:
      permissions, free space, the clock, what was left by an owner that died, the copies of releases. Nothing
      is changed, and an owner may go on meanwhile. A line for each finding, with its cure.

      Exit codes: 0 nothing is wrong, 1 something is

      \(HelpText.options)
      """)

  init(_ arguments: Arguments) throws(CommandFailure) {}

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    let project = try context.project()
    let declared = project.declared
    let report = Doctor(state: project.state, mesh: declared.mesh, clock: context.clock).report()
    if context.settings.json { write(report, context) } else { show(report, project, context) }
    return report.isHealthy ? .success : .failed
  }

  private func show(_ report: Doctor.Report, _ project: Project, _ context: Context) {
    let paint = Paint(context.out)
    for finding in report.findings {
      let label =
        finding.level == .problem
        ? paint.colour(.red, "✕") + " problem" : paint.colour(.yellow, "!") + " remark"
      let law = finding.law.map { " (law \($0))" } ?? ""
      let help = finding.help.map { "; \($0)" } ?? ""
      context.out.line(
        "\(label)  \(finding.check)\(law)  \(TerminalText.clean(finding.message))\(TerminalText.clean(help))")
    }
    context.out.flush()
    guard let facts = report.facts else {
      if report.findings.isEmpty { context.remark("there is no state yet: nothing was ever run") }
      return
    }
    let problems = report.findings.count { $0.level == .problem }
    let verdict = problems == 0 ? "nothing is wrong" : Counted.text(problems, "problem")
    context.remark(
      "\(verdict): \(Counted.text(report.checks.count, "check")) of "
        + "\(Counted.text(Int(clamping: facts.runs), "run")) with "
        + "\(Counted.text(Int(clamping: facts.instances), "task instance")) and "
        + "\(Counted.text(Int(clamping: facts.events), "event")) in '\(project.state.root)'")
    context.remark(
      "heddle \(VersionCommand.version), schema \(facts.schema), SQLite \(report.sqlite); "
        + (report.owner.map { "owned\($0.pid.map { " by process \($0)" } ?? "")" } ?? "nobody owns it"))
  }

  private func write(_ report: Doctor.Report, _ context: Context) {
    context.json("doctor") { writer in
      writer.key("healthy")
      writer.boolean(report.isHealthy)
      writer.key("findings")
      writer.array { writer in for finding in report.findings { finding.write(to: &writer) } }
      writer.key("checks")
      writer.array { writer in
        for check in report.checks {
          writer.object { writer in
            writer.key("name")
            writer.string(check.name)
            writer.key("law")
            writer.integer(check.law)
            writer.key("sentence")
            writer.string(check.sentence)
            writer.key("problems")
            writer.integer(check.findings)
          }
        }
      }
      write(versions: report, &writer)
      writer.key("owner")
      if let owner = report.owner { owner.write(to: &writer) } else { writer.null() }
    }
  }

  private func write(versions report: Doctor.Report, _ writer: inout JSONWriter) {
    writer.key("versions")
    writer.object { writer in
      writer.key("heddle")
      writer.string(VersionCommand.version)
      writer.key("schema")
      writer.integer(report.facts?.schema)
      writer.key("sqlite")
      writer.string(report.sqlite)
    }
    writer.key("state")
    guard let facts = report.facts else { return writer.null() }
    writer.object { writer in
      writer.key("id")
      writer.string(facts.stateID)
      for (name, count) in [
        ("events", facts.events), ("runs", facts.runs), ("instances", facts.instances),
        ("unfinished_runs", facts.unfinishedRuns), ("bytes", facts.bytes),
      ] {
        writer.key(name)
        writer.integer(count)
      }
      writer.moment("newest_event", facts.newestEvent)
    }
  }
}

extension Doctor.Finding {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("level")
      writer.string(level.rawValue)
      writer.key("check")
      writer.string(check)
      writer.key("law")
      writer.integer(law)
      writer.key("message")
      writer.string(message)
      writer.key("help")
      writer.string(help)
    }
  }
}

extension StateHolder {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("pid")
      writer.integer(pid)
      writer.moment("since", since)
    }
  }
}
