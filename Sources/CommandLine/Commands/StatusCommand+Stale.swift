import Basics
import MeshModel
import Orchestration
import Records

extension StatusCommand {
  /// Shows which partitions are stale, and why.
  func showStale(
    _ nodes: [Int], of declared: CheckedProject, _ context: Context, _ project: Project
  ) throws(CommandFailure) -> ExitCode {
    var view: StaleView?
    if let reader = try context.record(project) {
      view = try context.reading(reader) { try StaleView(nodes, of: declared, $0, project.state) }
    }
    if context.settings.json {
      context.json("status") { writer in
        if let view { view.write(to: &writer) } else { writer.key("stale"); writer.array { _ in } }
      }
      return declared.verdict(context)
    }
    guard let view, !view.items.isEmpty else {
      if !context.settings.quiet { context.out.line("nothing is stale") }
      return declared.verdict(context)
    }
    view.table.write(to: context.out)
    context.out.flush()
    let followers = view.followers.map(\.description)
    if !followers.isEmpty {
      let more = followers.count > 5 ? " and \(followers.count - 5) more" : ""
      context.remark(
        "may be stale once they are rebuilt: \(followers.prefix(5).joined(separator: ", "))\(more)")
    }
    context.remark("next: heddle backfill SELECTOR --mode stale, or heddle accept SELECTOR")
    return declared.verdict(context)
  }
}
