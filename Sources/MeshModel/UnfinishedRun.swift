import Basics

/// A run that is not final, as the record has it: what a scheduler goes on from after its owner died.
public struct UnfinishedRun: Sendable {
  /// One of its task instances that has left `waiting`.
  public struct Instance: Sendable {
    public var id: InstanceID
    public var state: InstanceState
    /// How many attempts it had, and how many of them were lost.
    public var attempts: Int
    public var lost: Int
    /// While `retrying`: when the next one is due.
    public var retryAt: Instant?
    /// What its successful attempt told: one JSON object.
    public var output: String?
    /// Rows that its attempts wrote, where they said so.
    public var rows: Int64?
    /// What tells the result of its latest attempt from others, and the versions that that one read.
    public var content: Int64?
    public var inputs: [InputVersion]
    /// While `running` or `deferred`.
    public var live: LiveAttempt?

    public init(
      id: InstanceID, state: InstanceState, attempts: Int, lost: Int = 0, retryAt: Instant? = nil,
      output: String? = nil, rows: Int64? = nil, content: Int64? = nil, inputs: [InputVersion] = [],
      live: LiveAttempt? = nil
    ) {
      self.id = id
      self.state = state
      self.attempts = attempts
      self.lost = lost
      self.retryAt = retryAt
      self.output = output
      self.rows = rows
      self.content = content
      self.inputs = inputs
      self.live = live
    }
  }

  /// An attempt that was live when its owner died.
  public struct LiveAttempt: Sendable {
    public var state: AttemptState
    public var startedAt: Instant
    /// Why it was told to end; nil: it was not.
    public var stopReason: Reason?
    public var inputs: [InputVersion]
    /// Nil: none was recorded.
    public var process: ProcessIdentity?
    /// It waits; nil: it works.
    public var deferral: Deferral?

    public init(
      state: AttemptState, startedAt: Instant, stopReason: Reason? = nil, inputs: [InputVersion] = [],
      process: ProcessIdentity? = nil, deferral: Deferral? = nil
    ) {
      self.state = state
      self.startedAt = startedAt
      self.stopReason = stopReason
      self.inputs = inputs
      self.process = process
      self.deferral = deferral
    }
  }

  public var record: RunRecord
  public var state: RunState
  public var cancellation: Cancellation?
  /// The values that `each` of a task gave, by the task's place.
  public var fanOuts: [Int: [Scalar]]
  /// Tasks whose `when` was found to hold.
  public var conditions: Set<Int>
  /// Sorted.
  public var instances: [Instance]

  public init(
    record: RunRecord, state: RunState, cancellation: Cancellation? = nil, fanOuts: [Int: [Scalar]] = [:],
    conditions: Set<Int> = [], instances: [Instance] = []
  ) {
    self.record = record
    self.state = state
    self.cancellation = cancellation
    self.fanOuts = fanOuts
    self.conditions = conditions
    self.instances = instances
  }
}
