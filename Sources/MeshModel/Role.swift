/// What somebody may who signed in; each may what the one before may.
public enum Role: String, Sendable, CaseIterable, Comparable {
  /// Reads states, logs and declarations.
  case viewer
  /// Starts, stops, retries, pauses and marks.
  case `operator`
  /// Takes releases.
  case admin

  public static func < (left: Role, right: Role) -> Bool {
    allCases.firstIndex(of: left) ?? 0 < allCases.firstIndex(of: right) ?? 0
  }
}
