/// How much is foreseen before a forecast is cut.
public struct ForecastBounds: Sendable {
  public var attempts: Int
  /// So many turns of the loop may pass, also where nothing is begun in them.
  public var turns: Int
  /// How long it may take to foresee; nil: as long as it takes.
  public var time: Duration?

  public init(attempts: Int = 100_000, turns: Int = 1_000_000, time: Duration? = nil) {
    self.attempts = attempts
    self.turns = turns
    self.time = time
  }

  /// For people on other machines, who keep threads of the daemon's busy.
  public static let forOthers = ForecastBounds(attempts: 20_000, turns: 200_000, time: .seconds(10))
  /// The time of a plan, for people on other machines: they ask while they type.
  public static let ofPlanForOthers = ForecastBounds(attempts: 5000, turns: 50_000, time: .seconds(5))
}
