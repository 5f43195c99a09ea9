import Basics

/// The number of an alert; users see it as it is.
public typealias AlertID = Int64
/// The number of a silence.
public typealias SilenceID = Int64
/// The number of a notification, whatever its tries.
public typealias NotificationID = Int64

/// What somebody should know of.
public enum AlertKind: String, Sendable, CaseIterable {
  /// A partition was not made by the deadline of its pipeline.
  case deadlineMissed = "deadline_missed"
  case runFailed = "run_failed"
  /// A dataset is older than a task that reads it allows.
  case freshnessBroken = "freshness_broken"
  /// A task waited for longer than it may, and failed.
  case waitTimedOut = "wait_timed_out"
}

/// What an alert is raised for: of each cause at most one is open at a time.
public struct AlertCause: Hashable, Sendable {
  public var kind: AlertKind
  /// The pipeline that answers for it: of a dataset the one that writes it.
  public var pipeline: PipelineName
  /// Empty where there is none.
  public var partition: String
  public var task: String?
  public var dataset: DatasetName?

  public init(
    kind: AlertKind, pipeline: PipelineName, partition: String = "", task: String? = nil,
    dataset: DatasetName? = nil
  ) {
    self.kind = kind
    self.pipeline = pipeline
    self.partition = partition
    self.task = task
    self.dataset = dataset
  }
}

/// An alert when it is raised.
public struct AlertRecord: Hashable, Sendable {
  public var id: AlertID
  public var cause: AlertCause
  public var partition: PartitionInterval?
  /// The run in which it came to be, if there is one.
  public var run: RunID?
  public var reason: Reason
  public var raisedAt: Instant
  /// What keeps it from being told; nil: nothing does.
  public var silence: SilenceID?
  /// Who is to be told once it is raised, by the names of `NotificationRule`. Read back it has none: the
  /// tables keep whom they are to tell yet.
  public var channels: [String]

  public init(
    id: AlertID, cause: AlertCause, partition: PartitionInterval? = nil, run: RunID? = nil, reason: Reason,
    raisedAt: Instant, silence: SilenceID? = nil, channels: [String] = []
  ) {
    self.id = id
    self.cause = cause
    self.partition = partition
    self.run = run
    self.reason = reason
    self.raisedAt = raisedAt
    self.silence = silence
    self.channels = channels
  }

  /// What it is about: `operations/departures@2013-01-05`, with `.task`, or a dataset.
  public var subject: String {
    if let dataset = cause.dataset { return dataset.description }
    let task = cause.task.map { ".\($0)" } ?? ""
    return "\(cause.pipeline)\(task)" + (cause.partition.isEmpty ? "" : "@\(cause.partition)")
  }
}

/// Somebody wants to hear nothing of what a selector selects, for a time.
public struct SilenceRecord: Hashable, Sendable {
  public var id: SilenceID
  public var selector: String
  public var until: Instant
  public var reason: String?
  public var by: String
  public var createdAt: Instant
  /// The open alerts that it covers.
  public var alerts: [AlertID]

  public init(
    id: SilenceID, selector: String, until: Instant, reason: String? = nil, by: String, createdAt: Instant,
    alerts: [AlertID] = []
  ) {
    self.id = id
    self.selector = selector
    self.until = until
    self.reason = reason
    self.by = by
    self.createdAt = createdAt
    self.alerts = alerts
  }
}

/// A try to tell somebody of alerts: one process for all of them.
public struct NotificationRecord: Hashable, Sendable {
  public var id: NotificationID
  public var channel: String
  /// Ascending.
  public var alerts: [AlertID]
  /// From 1.
  public var attempt: Int
  public var startedAt: Instant

  public init(id: NotificationID, channel: String, alerts: [AlertID], attempt: Int, startedAt: Instant) {
    self.id = id
    self.channel = channel
    self.alerts = alerts
    self.attempt = attempt
    self.startedAt = startedAt
  }
}

/// How far it was looked whether a pipeline keeps its deadline.
public struct DeadlineRecord: Hashable, Sendable {
  public var pipeline: PipelineName
  /// Equal for deadlines that are due at the same moments.
  public var meaning: String
  /// The last tick, or end of a partition, that was looked at.
  public var countedTo: Instant

  public init(pipeline: PipelineName, meaning: String, countedTo: Instant) {
    self.pipeline = pipeline
    self.meaning = meaning
    self.countedTo = countedTo
  }
}

/// What was open when an owner went.
public struct RecoveredAlerts: Hashable, Sendable {
  /// What is still to be told to somebody.
  public struct Pending: Hashable, Sendable {
    public var channel: String
    /// Ascending.
    public var alerts: [AlertID]
    /// The try that goes on, or that failed last; nil: nobody tried yet.
    public var notification: NotificationID?
    public var attempt: Int
    /// When to try again; nil with a notification: that one is under way.
    public var retryAt: Instant?

    public init(
      channel: String, alerts: [AlertID], notification: NotificationID? = nil, attempt: Int = 0,
      retryAt: Instant? = nil
    ) {
      self.channel = channel
      self.alerts = alerts
      self.notification = notification
      self.attempt = attempt
      self.retryAt = retryAt
    }
  }

  public var lastAlert: AlertID = 0
  public var lastSilence: SilenceID = 0
  public var lastNotification: NotificationID = 0
  /// Open, or still to be told, ascending.
  public var alerts: [AlertRecord] = []
  /// Of these the ones that are open, and that somebody acknowledged.
  public var open: Set<AlertID> = []
  public var acknowledged: Set<AlertID> = []
  /// Those that nobody ended, whether their time is over or not.
  public var silences: [SilenceRecord] = []
  public var pending: [Pending] = []
  public var deadlines: [DeadlineRecord] = []

  public init() {}
}

/// A process that is started to tell somebody of alerts.
public struct NotificationRule: Sendable {
  public var kinds: [AlertKind]
  public var command: Command

  public init(kinds: [AlertKind], command: Command) {
    self.kinds = kinds
    self.command = command
  }

  /// What the rule of that place is called, in the mesh's list or a domain's: `*.1`, `operations.2`.
  public static func channel(_ place: Int, of domain: String?) -> String {
    "\(domain ?? "*").\(place + 1)"
  }
}
