import Basics
import MeshModel
import Orchestration
import Planning

/// `heddle run --preview`.
extension RunCommand {
  func showPreview(_ context: Context) throws(CommandFailure) -> ExitCode {
    let project = try context.project()
    let declared = try context.declared()
    let tasks: [Preview.Task]
    let wasStopped: Bool
    let key: String?
    do throws(SessionError) {
      let view = try PlanningView(project: declared, state: project.state, clock: context.clock)
      let requests = try view.runs(
        of: pipeline, task: task, partition: partition, params: params.values)
      // Those before it are of the partitions that it looks back on.
      guard let request = requests.last else {
        throw SessionError(.invalid, "pipeline '\(pipeline)' has nothing to run")
      }
      key = request.partition?.key
      let preview = try Preview(
        request, project: declared, state: project.state, clock: context.clock)
      context.interrupts.watch { [stop = preview.stop] _ in stop() }
      tasks = try preview.tasks()
      wasStopped = preview.wasStopped
    } catch { throw CommandFailure(error) }
    if context.settings.json {
      showJSON(tasks, key, context)
    } else {
      context.remark("a preview of \(pipeline)\(key.map { "@\($0)" } ?? ""): nothing of it is kept")
      for task in tasks { show(task, context) }
    }
    if wasStopped { return .interrupted }
    return tasks.contains { if case .failed = $0.end { true } else { false } } ? .failed : .success
  }

  private func show(_ task: Preview.Task, _ context: Context) {
    let out = context.out
    let paint = Paint(out)
    let label: StateLabel
    var words = ""
    switch task.end {
    case .done: label = StateLabel(InstanceState.success)
    case .failed(let text): (label, words) = (StateLabel(InstanceState.failed), text)
    case .leftOut(let text): (label, words) = (StateLabel(InstanceState.skipped), text)
    }
    out.line(
      paint.colour(label.colour, "\(label.glyph)") + " \(task.name.task)"
        + (words.isEmpty ? "" : "  " + TerminalText.clean(words)))
    for change in task.changes {
      out.line(
        "    \(change.dataset): \(change.before) rows before, \(change.after) after; "
          + "\(change.removed) go, \(change.added) come")
      write(change.removedRows, of: change, total: change.removed, "-", .red, paint, out)
      write(change.addedRows, of: change, total: change.added, "+", .green, paint, out)
    }
  }

  private func write(
    _ rows: [[Scalar]], of change: DatasetChange, total: Int64, _ sign: String, _ colour: Paint.Colour,
    _ paint: Paint, _ out: Output
  ) {
    for row in rows {
      let text = RowDifferenceView.text(row, of: change.columns)
      out.line("    " + paint.colour(colour, "\(sign) \(text)"))
    }
    if total > rows.count { out.line("    \(sign) and \(total - Int64(rows.count)) more") }
  }

  private func showJSON(_ tasks: [Preview.Task], _ partition: String?, _ context: Context) {
    context.json("preview") { writer in
      writer.key("pipeline")
      writer.string(pipeline.description)
      writer.key("partition")
      writer.string(partition)
      writer.key("tasks")
      writer.array { writer in
        for task in tasks {
          writer.object { writer in
            writer.key("task")
            writer.string(task.name.task)
            Self.write(task.end, to: &writer)
            writer.key("changes")
            writer.array { writer in for change in task.changes { Self.write(change, to: &writer) } }
          }
        }
      }
    }
  }

  private static func write(_ end: Preview.Task.End, to writer: inout JSONWriter) {
    let (word, reason): (String, String?) =
      switch end {
      case .done: ("done", nil)
      case .failed(let text): ("failed", text)
      case .leftOut(let text): ("left_out", text)
      }
    writer.key("end")
    writer.string(word)
    writer.key("reason")
    writer.string(reason)
  }

  private static func write(_ change: DatasetChange, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("dataset")
      writer.string(change.dataset.description)
      for (name, count) in [
        ("before", change.before), ("after", change.after), ("removed", change.removed),
        ("added", change.added),
      ] {
        writer.key(name)
        writer.integer(count)
      }
      writer.key("removed_rows")
      writer.rows(change.removedRows, columns: change.columns)
      writer.key("added_rows")
      writer.rows(change.addedRows, columns: change.columns)
    }
  }
}
