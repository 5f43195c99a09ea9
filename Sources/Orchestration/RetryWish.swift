import MeshModel

/// What of final runs is to be done again.
public struct RetryWish: Hashable, Sendable {
  /// Which tasks are executed; the successes of the others stand.
  public enum Scope: Hashable, Sendable {
    /// Those that did not succeed, and what comes after them.
    case failed
    /// This one too.
    case from(task: String)
    case all
  }

  /// Whose declarations and files the new run uses.
  public enum Files: String, Hashable, Sendable, CaseIterable {
    /// Those of the run that is retried.
    case kept
    /// Those of new runs.
    case latest
  }

  /// Ascending.
  public var runs: [RunID]
  public var scope: Scope
  public var files: Files

  public init(runs: [RunID], scope: Scope = .failed, files: Files = .latest) {
    self.runs = runs
    self.scope = scope
    self.files = files
  }
}
