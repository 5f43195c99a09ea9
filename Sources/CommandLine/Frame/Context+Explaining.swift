import Orchestration
import Records

extension Context {
  /// What is unfinished as its owner sees it, and who that is; nil: nothing was ever run.
  ///
  /// - Parameter declared: the declarations, where they were loaded already.
  func explaining(
    _ project: Project, _ declared: CheckedProject? = nil
  ) throws(CommandFailure) -> (view: ExplainingView, owner: OwnerLink?)? {
    guard let reader = try record(project) else { return nil }
    let owner = try ownerLink(project)
    do {
      let view = try ExplainingView(
        project: declared ?? project.declared, state: project.state, reader: reader,
        clock: clock, firesSchedules: owner?.isDaemon ?? project.state.isServed)
      return (view, owner)
    } catch {
      throw CommandFailure(error)
    }
  }
}
