/// What was simulated, in figures that can be added.
public struct Tally: Sendable {
  /// Changes that were decided and effects that were carried out.
  public var decisions = 0
  public var commits = 0
  public var runs = 0
  public var attempts = 0
  public var restarts = 0
  public var simulatedMilliseconds: Int64 = 0
  public var faults: [FaultKind: Int] = [:]
  /// Legal transitions, as `run queued -> running`.
  public var transitions: [String: Int] = [:]
  public var violations: [Violation] = []

  /// Tells the event logs of two plays of a seed apart (law 22); of several seeds, that of the last.
  public var logDigest = ""

  public init() {}

  public mutating func add(_ other: Tally) {
    decisions += other.decisions
    commits += other.commits
    runs += other.runs
    attempts += other.attempts
    restarts += other.restarts
    simulatedMilliseconds += other.simulatedMilliseconds
    faults.merge(other.faults, uniquingKeysWith: +)
    transitions.merge(other.transitions, uniquingKeysWith: +)
    violations += other.violations
    logDigest = other.logDigest
  }

  mutating func count(_ fault: FaultKind) { faults[fault, default: 0] += 1 }

  /// Years of 365.25 days.
  public var simulatedYears: Double { Double(simulatedMilliseconds) / 31_557_600_000 }
}

/// That a law was broken, where, and how to see it again.
public struct Violation: Sendable {
  public var seed: UInt64
  public var law: Int
  public var text: String

  /// One line that plays the seed again.
  public var replay: String { "make simulate FIRST=\(seed) SEEDS=1" }
  public var description: String { "seed \(seed): law \(law): \(text)" }
}
