import MeshModel

/// How much is done at once.
extension RetentionRule {
  /// At most so many rows are removed or written at a time, but for a run that has more.
  static let rowsAtOnce = 500
  /// Numbers that are looked at at a time.
  static let runsAtOnce: Int64 = 200
  static let eventsAtOnce: Int64 = 500
  /// A snapshot costs as much as the tables, so it is not taken for fewer events.
  public static let leastEvents: Int64 = 10_000
}
