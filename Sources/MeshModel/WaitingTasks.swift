import Diagnostics

/// Waits for something outside, for a moment or for data.
public struct WaitTask: Sendable {
  /// What it waits for.
  public enum Condition: Sendable {
    /// A file or folder, relative to the project.
    case file(ValueExpression)
    /// An answer of success from a web address.
    case http(ValueExpression)
    /// A row whose first value is true.
    case sql(LocatedText)
    /// A version of the dataset that is no older than that.
    case fresh(Located<DatasetName>, within: Duration)
    /// A time of day on the day on which the run's interval ends, or a date and time.
    case until(ValueExpression)
  }

  public var condition: Condition
  /// From one look to the next.
  public var poll: Duration

  /// - Parameter poll: nil: as suits what is looked at.
  public init(condition: Condition, poll: Duration? = nil) {
    self.condition = condition
    if case .file = condition {
      self.poll = poll ?? Self.filePoll
    } else {
      self.poll = poll ?? Self.otherPoll
    }
  }

  /// A look at a file costs nothing but the look.
  public static let filePoll = Duration.seconds(5)
  public static let otherPoll = Duration.seconds(30)
}

/// Waits for a person to approve or to reject.
public struct ApprovalTask: Sendable {
  /// Users and groups of the machine, of whom one decides; empty: anybody may.
  public var by: [Located<String>]

  public init(by: [Located<String>] = []) { self.by = by }

  /// Whether somebody is among those who may decide.
  public func isOpen(to approver: Approver) -> Bool {
    by.isEmpty || by.contains { $0.value == approver.name || approver.groups.contains($0.value) }
  }
}

/// Makes a run of another pipeline.
public struct TriggerTask: Sendable {
  public var pipeline: Located<PipelineName>
  /// The key of the partition to make; nil: that of the run, or the one that holds the start of its interval.
  public var partition: ValueExpression?
  /// Sorted by name.
  public var params: [EnvironmentVariable]
  /// It ends as the run that it made does; else it succeeds as soon as that is made.
  public var waits: Bool

  public init(
    pipeline: Located<PipelineName>, partition: ValueExpression? = nil, params: [EnvironmentVariable] = [],
    waits: Bool = true
  ) {
    self.pipeline = pipeline
    self.partition = partition
    self.params = params
    self.waits = waits
  }
}

/// What becomes of a task that has waited for as long as it may.
public enum OnTimeout: String, Sendable, CaseIterable { case fail, skip }

extension TaskKind {
  /// Its attempts wait: they hold no worker and no slot.
  public var waitsWithoutWorker: Bool {
    switch self {
    case .run, .sql, .load: false
    case .wait, .approve, .trigger: true
    }
  }
}
