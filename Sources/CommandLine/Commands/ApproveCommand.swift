import Basics
import MeshModel
import Orchestration
import Planning
import Records

/// `heddle approve [INSTANCE]`.
struct ApproveCommand: Command {
  static let description = CommandDescription(
    name: "approve", summary: "let a task go on that waits for a person, or see which do",
    operands: [.optional("INSTANCE")], options: [.flag("reject"), .value("note", "TEXT")],
    help: """
      heddle approve: let a task go on that waits for a person, or see which do

      Examples:
        heddle approve
        heddle approve 412/sign_off --note "numbers look right"
        heddle approve 'operations/departures.sign_off[EWR]@2013-01-05' --reject

      Usage: heddle approve
             heddle approve RUN/TASK|PIPELINE.TASK@KEY [--reject] [--note TEXT]

      Without an instance it lists what waits for approval. Who asked for a run cannot decide about its tasks, and
      where 'by' of a task names users or groups only those can; 'heddle show' says who decided, and why. A task
      that is rejected fails, and is not tried again.

      Options:
        --reject     say no
        --note TEXT  why; it is kept with the decision

      Exit codes: 0 decided, or listed, 3 nothing has that name, 5 somebody else must decide, 9 it does not wait
      for approval

      \(HelpText.options)
      """)

  /// Nil: list them.
  var instance: (run: Reference, task: String)?
  var isRejected: Bool
  var note: String?

  init(_ arguments: Arguments) throws(CommandFailure) {
    isRejected = arguments.has("reject")
    note = arguments.value("note")
    guard let word = arguments.operands.first else {
      if isRejected || note != nil {
        throw .usage("a decision needs an instance", help: "see what waits: heddle approve")
      }
      return
    }
    instance = Reference.instance(named: word)
    if instance == nil {
      throw .usage(
        "'\(word)' is no task of a run", help: "write 412/task or domain/pipeline.task@partition")
    }
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    let project = try context.project()
    guard let (run, task) = instance else {
      if let caller = context.caller, !caller.seesAllDomains {
        throw CommandFailure(
          .denied, "the list is of all domains, and the token is limited to some",
          help: "name what to approve: heddle approve RUN/TASK")
      }
      list(try context.explaining(project)?.view.waitingApprovals ?? [], context)
      return .success
    }
    let found = try ShowCommand.World(context: context, project: project).instance(task, of: run)
    let request = ControlRequest.approve(
      run: found.id.run, task: found.task, index: found.id.index, isApproved: !isRejected, note: note)
    let text = try context.asking(project) { (ask) throws(CommandFailure) in try ask(request) }
    guard context.settings.json else {
      context.out.line(context.settings.quiet ? "\(found.id.run)/\(found.name)" : TerminalText.clean(text))
      return .success
    }
    context.json("approve") { writer in
      writer.key("run")
      writer.integer(found.id.run)
      writer.key("task")
      writer.string(found.task)
      writer.key("index")
      writer.integer(found.id.index)
      writer.key("approved")
      writer.boolean(!isRejected)
      writer.key("text")
      writer.string(text)
    }
    return .success
  }

  private func list(_ waiting: [WaitingApproval], _ context: Context) {
    if context.settings.json {
      return context.json("approve") { writer in
        writer.key("waiting")
        writer.array { writer in for item in waiting { item.write(to: &writer) } }
      }
    }
    if context.settings.quiet {
      for item in waiting { context.out.line(item.name) }
      return
    }
    guard !waiting.isEmpty else { return context.remark("nothing waits for approval") }
    var table = Table(["INSTANCE", "PIPELINE", "SINCE", "UNTIL", "BY", "ASKED BY", "WHAT"])
    for item in waiting {
      table.add(
        .text(item.name), .text(item.partition.map { "\(item.pipeline)@\($0.key)" } ?? "\(item.pipeline)"),
        .text(item.since.text), .text(item.until.text),
        .text(item.by.isEmpty ? "anybody" : item.by.joined(separator: ", ")), .text(item.asker ?? "-"),
        .text(TerminalText.clean(item.description ?? "-")))
    }
    table.write(to: context.out)
  }
}

extension WaitingApproval {
  /// `412/sign_off[EWR]`.
  fileprivate var name: String {
    "\(instance.run)/\(task)" + (value.map { "[\($0.text)]" } ?? "")
  }

  fileprivate func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("run")
      writer.integer(instance.run)
      writer.key("task")
      writer.string(task)
      writer.key("index")
      writer.integer(instance.index)
      writer.key("value")
      writer.value(value ?? .null)
      writer.key("pipeline")
      writer.string(pipeline.description)
      writer.partition(partition)
      writer.key("description")
      writer.string(description)
      writer.key("by")
      writer.array { writer in for name in by { writer.string(name) } }
      writer.key("asked_by")
      writer.string(asker)
      writer.moment("since", since)
      writer.moment("until", until)
    }
  }
}
