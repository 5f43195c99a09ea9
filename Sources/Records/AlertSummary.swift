import Basics
import MeshModel

/// An alert with what became of it.
public struct AlertSummary: Sendable, Hashable {
  /// How an alert stands.
  public enum State: String, Sendable, CaseIterable {
    /// Nobody has said that they know of it.
    case open
    case acknowledged
    /// Its cause is gone.
    case resolved
  }

  /// That somebody is to be told of it.
  public struct Delivery: Sendable, Hashable {
    /// How far it is.
    public enum State: String, Sendable, CaseIterable {
      case waiting, sending, retrying, delivered, failed
      /// It was not told before it was silenced, and will not be.
      case silenced
    }

    public var channel: String
    public var state: State
    public var attempts: Int
    /// Why the last try failed, if one did.
    public var reason: Reason?
  }

  public var record: AlertRecord
  public var acknowledgedAt: Instant?
  public var acknowledgedBy: String?
  public var note: String?
  public var resolvedAt: Instant?
  public var resolution: Reason?
  /// Sorted by channel.
  public var deliveries: [Delivery] = []

  public var state: State {
    resolvedAt != nil ? .resolved : acknowledgedAt != nil ? .acknowledged : .open
  }
}

/// A silence, and who ended it before its time.
public struct SilenceSummary: Sendable, Hashable {
  public var record: SilenceRecord
  public var endedAt: Instant?
  public var endedBy: String?

  /// Whether it keeps alerts from being told.
  public func lasts(at now: Instant) -> Bool { endedAt == nil && now < record.until }
}

/// Which alerts are asked for.
public struct AlertFilter: Sendable {
  /// Nil: of all pipelines.
  public var pipelines: [PipelineName]?
  public var kinds: [AlertKind]
  /// Also those whose cause is gone.
  public var includesResolved: Bool
  public var run: RunID?
  /// Only alerts with smaller numbers.
  public var before: AlertID?
  public var limit: Int

  public init(
    pipelines: [PipelineName]? = nil, kinds: [AlertKind] = AlertKind.allCases,
    includesResolved: Bool = false, run: RunID? = nil, before: AlertID? = nil, limit: Int = 100
  ) {
    self.pipelines = pipelines
    self.kinds = kinds
    self.includesResolved = includesResolved
    self.run = run
    self.before = before
    self.limit = limit
  }
}

extension JSONWriter {
  /// Writes the members of an alert.
  public mutating func members(of alert: AlertSummary) {
    let record = alert.record
    key("id")
    integer(record.id)
    key("kind")
    string(record.cause.kind.rawValue)
    key("state")
    string(alert.state.rawValue)
    alertSubject(record)
    moment("raised_at", record.raisedAt)
    key("silence")
    if let silence = record.silence { integer(silence) } else { null() }
    moment("acknowledged_at", alert.acknowledgedAt)
    key("acknowledged_by")
    string(alert.acknowledgedBy)
    key("note")
    string(alert.note)
    moment("resolved_at", alert.resolvedAt)
    key("resolution")
    string(alert.resolution?.text)
    key("deliveries")
    array { writer in
      for delivery in alert.deliveries {
        writer.object { writer in
          writer.key("channel")
          writer.string(delivery.channel)
          writer.key("state")
          writer.string(delivery.state.rawValue)
          writer.key("attempts")
          writer.integer(delivery.attempts)
          writer.reason(delivery.reason)
        }
      }
    }
  }

  /// Writes what an alert is about, and why it was raised.
  public mutating func alertSubject(_ alert: AlertRecord) {
    key("subject")
    string(alert.subject)
    key("pipeline")
    string(alert.cause.pipeline.description)
    partition(alert.partition)
    key("task")
    string(alert.cause.task)
    key("dataset")
    string(alert.cause.dataset?.description)
    key("run")
    if let run = alert.run { integer(run) } else { null() }
    reason(alert.reason)
  }

  /// Writes the members of a silence.
  public mutating func members(of silence: SilenceSummary, at now: Instant) {
    key("id")
    integer(silence.record.id)
    key("selector")
    string(silence.record.selector)
    key("lasts")
    boolean(silence.lasts(at: now))
    moment("until", silence.record.until)
    key("reason")
    string(silence.record.reason)
    key("by")
    string(silence.record.by)
    moment("created_at", silence.record.createdAt)
    moment("ended_at", silence.endedAt)
    key("ended_by")
    string(silence.endedBy)
  }
}
