/// How long a state keeps what is over; nil: for ever.
public struct RetentionRule: Hashable, Sendable {
  /// Final runs, counted from their end. The latest run of each partition stays, and what made the data that
  /// counts. Alerts that are over, likewise.
  public var runs: Duration?
  /// The logs of final runs.
  public var logs: Duration?
  /// The event log, of which a snapshot stands for what is older.
  public var events: Duration?

  public init(
    runs: Duration? = .seconds(90 * 86_400), logs: Duration? = .seconds(30 * 86_400),
    events: Duration? = .seconds(30 * 86_400)
  ) {
    self.runs = runs
    self.logs = logs
    self.events = events
  }
}
