import Basics

/// What became of a tick: a moment at which a schedule was due.
public struct TickRecord: Hashable, Sendable {
  /// What was decided.
  public enum Outcome: Hashable, Sendable {
    /// Nil: retention took the run away since.
    case run(RunID?)
    /// Nothing was to be done, and why.
    case skipped(Reason)
    /// Nobody was there to see it, or it was paused, and it is not made up for.
    case missed(Reason)
  }

  public var pipeline: PipelineName
  /// By the wall clock and the schedule, whenever it was decided.
  public var at: Instant
  /// Missed ticks stand together: the last of the stretch; `at` for one tick alone.
  public var through: Instant
  public var outcome: Outcome
  public var decidedAt: Instant

  public init(
    pipeline: PipelineName, at: Instant, through: Instant? = nil, outcome: Outcome, decidedAt: Instant
  ) {
    self.pipeline = pipeline
    self.at = at
    self.through = through ?? at
    self.outcome = outcome
    self.decidedAt = decidedAt
  }
}

extension TickRecord.Outcome {
  /// What the record calls it.
  public var word: String {
    switch self {
    case .run: "run"
    case .skipped: "skipped"
    case .missed: "missed"
    }
  }

  /// The run that was made, if it is still there.
  public var run: RunID? { if case .run(let run) = self { run } else { nil } }

  /// Why there is none; nil: the run was made.
  public var reason: Reason? {
    switch self {
    case .run: nil
    case .skipped(let reason), .missed(let reason): reason
    }
  }

  /// Reads what the record says; nil for what it never says.
  public init?(word: String, run: RunID?, reason: Reason?) {
    switch (word, reason) {
    case ("run", nil): self = .run(run)
    case ("skipped", let reason?) where run == nil: self = .skipped(reason)
    case ("missed", let reason?) where run == nil: self = .missed(reason)
    default: return nil
    }
  }
}

/// How far the ticks of a pipeline's schedule are in the ledger.
public struct ScheduleRecord: Hashable, Sendable {
  public var pipeline: PipelineName
  /// Equal for schedules that are due at the same moments.
  public var rhythm: String
  /// All ticks up to this moment are in the ledger, or were never due.
  public var countedTo: Instant

  public init(pipeline: PipelineName, rhythm: String, countedTo: Instant) {
    self.pipeline = pipeline
    self.rhythm = rhythm
    self.countedTo = countedTo
  }
}
