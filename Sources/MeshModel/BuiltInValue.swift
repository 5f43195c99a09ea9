/// A value that every SQL statement of a pipeline sees as a bound parameter, `:partition`, whatever was
/// declared.
public enum BuiltInValue: String, Sendable, CaseIterable {
  /// The key of the run's partition; NULL where the pipeline has none.
  case partition
  /// The run's interval in UTC, `YYYY-MM-DD HH:MM:SS`.
  case intervalStart = "interval_start"
  case intervalEnd = "interval_end"
  /// The same in the pipeline's zone.
  case localStart = "local_start"
  case localEnd = "local_end"
  /// The run's number.
  case run
  /// The value of the task instance under `each`.
  case each
}
