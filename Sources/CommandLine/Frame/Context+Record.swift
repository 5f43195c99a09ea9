import Basics
import Execution
import Records

extension Context {
  /// Opens the project's record for reading; nil: nothing was ever run.
  ///
  /// - Parameter changes: the command is about to change the state, so one that an earlier heddle left is
  ///   brought up to date, by owning it for a moment.
  func record(_ project: Project, changes: Bool = false) throws(CommandFailure) -> StateReader? {
    do {
      return try StateReader(opening: project.state, clock: clock)
    } catch {
      if error.kind == .absent { return nil }
      guard changes, error.kind == .olderSchema else { throw CommandFailure(error) }
      do { _ = try StateOwner(opening: project.state, clock: clock) } catch { throw CommandFailure(error) }
      return try record(project)
    }
  }

  /// What must not be shown of logs.
  func secretMask(_ project: Project) throws(CommandFailure) -> SecretMask {
    do { return try SecretMask(of: project.state) } catch {
      throw CommandFailure(.failed, "no log can be shown: \(error.message)")
    }
  }

  /// Reads the record, all of it as of one moment.
  func reading<Result>(_ reader: StateReader, _ body: (StateReader) throws -> Result) throws(CommandFailure)
    -> Result
  {
    do {
      return try reader.snapshot(body)
    } catch {
      throw CommandFailure(error)
    }
  }
}

extension CommandFailure {
  init(_ error: RecordsError) {
    let code: ExitCode
    switch error.kind {
    case .owned: code = .conflict
    case .absent: code = .notFound
    default: code = .failed
    }
    self.init(code, error.message, help: error.help)
  }
}
