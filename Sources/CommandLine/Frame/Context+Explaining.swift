import Basics
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
    let view = try explaining(
      declared ?? project.declared, project, reader, at: clock,
      firesSchedules: owner?.isDaemon ?? project.state.isServed)
    return (view, owner)
  }

  /// What was unfinished then, of the record as it was.
  func explaining(
    _ project: Project, _ past: StateReader, at moment: Instant
  ) throws(CommandFailure) -> ExplainingView {
    try explaining(
      project.declared, project, past, at: FixedClock(moment), firesSchedules: project.state.isServed)
  }

  private func explaining(
    _ declared: CheckedProject, _ project: Project, _ reader: StateReader, at clock: any Clock,
    firesSchedules: Bool
  ) throws(CommandFailure) -> ExplainingView {
    do {
      return try ExplainingView(
        project: declared, state: project.state, reader: reader, clock: clock, firesSchedules: firesSchedules)
    } catch {
      throw CommandFailure(error)
    }
  }
}
