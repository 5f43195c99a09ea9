/// What is wrong with a cron expression, and where.
public struct CronError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The byte of the expression at which it begins.
  public var offset: Int
  /// How many bytes it covers; at least 1, also at the end of the text.
  public var length: Int
  /// One sentence in lower case, names in 'quotes'.
  public var message: String
  /// What to write instead.
  public var help: String

  public var description: String { message }
}
