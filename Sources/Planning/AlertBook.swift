import Basics
import Lineage
import MeshModel

/// What somebody should know of, who said that they do, and who is still to be told.
struct AlertBook: Sendable {
  /// A pipeline's partition; the key is empty where there is none.
  struct Place: Hashable, Sendable {
    var pipeline: PipelineName
    var partition: String
  }

  /// A silence, and what it covers of the latest release.
  struct LiveSilence: Sendable {
    let record: SilenceRecord
    /// The release for which `nodes` holds.
    var release: ReleaseID?
    var nodes: Set<Int> = []
  }

  /// What is to be told over a channel.
  struct Queue: Sendable {
    /// Alerts that a process is told of together.
    struct Batch: Sendable {
      var id: NotificationID
      var alerts: [AlertID]
      var attempt: Int
      /// When it is tried; nil: it is under way.
      var due: Instant?
    }

    /// Ascending.
    var waiting: [AlertID] = []
    var batch: Batch?
    /// When the next notification may begin.
    var opens = Instant(milliseconds: .min)
  }

  var nextAlert: AlertID = 1
  var nextSilence: SilenceID = 1
  var nextNotification: NotificationID = 1
  /// Those that are open, or that somebody is to be told of.
  private(set) var records: [AlertID: AlertRecord] = [:]
  private(set) var open: [AlertCause: AlertID] = [:]
  private var openOf: [Place: [AlertID]] = [:]
  var acknowledged: Set<AlertID> = []
  /// Alerts that are not told, or not told again.
  var silenced: Set<AlertID> = []
  var silences: [SilenceID: LiveSilence] = [:]
  var queues: [String: Queue] = [:]

  init() {}

  init(_ found: RecoveredAlerts) {
    nextAlert = found.lastAlert + 1
    nextSilence = found.lastSilence + 1
    nextNotification = found.lastNotification + 1
    for record in found.alerts {
      if found.open.contains(record.id) { add(record) } else { records[record.id] = record }
      if record.silence != nil { silenced.insert(record.id) }
    }
    acknowledged = found.acknowledged
    for silence in found.silences { silences[silence.id] = LiveSilence(record: silence) }
    for pending in found.pending {
      if let id = pending.notification {
        queues[pending.channel, default: Queue()].batch = Queue.Batch(
          id: id, alerts: pending.alerts, attempt: pending.attempt, due: pending.retryAt)
      } else {
        queues[pending.channel, default: Queue()].waiting = pending.alerts
      }
    }
  }

  mutating func add(_ record: AlertRecord) {
    records[record.id] = record
    open[record.cause] = record.id
    openOf[Place(record), default: []].append(record.id)
  }

  /// The open alerts of a pipeline's partition, ascending.
  func open(of pipeline: PipelineName, partition: String) -> [AlertID] {
    openOf[Place(pipeline: pipeline, partition: partition)] ?? []
  }

  var hasOpen: Bool { !open.isEmpty }

  func isOpen(_ alert: AlertID) -> Bool { records[alert].map { open[$0.cause] == alert } ?? false }

  /// All open alerts, ascending.
  var allOpen: [AlertID] { open.values.sorted() }

  /// Its cause is gone; what is still to be told of it is told.
  mutating func close(_ alert: AlertID) {
    guard let record = records[alert], open[record.cause] == alert else { return }
    open[record.cause] = nil
    let place = Place(record)
    openOf[place]?.removeAll { $0 == alert }
    if openOf[place]?.isEmpty == true { openOf[place] = nil }
    acknowledged.remove(alert)
    if !isPending(alert) { forget(alert) }
  }

  /// Nobody is to be told of it any more over a channel.
  mutating func isTold(_ alert: AlertID) {
    guard let record = records[alert], open[record.cause] != alert, !isPending(alert) else { return }
    forget(alert)
  }

  private mutating func forget(_ alert: AlertID) {
    records[alert] = nil
    silenced.remove(alert)
  }

  private func isPending(_ alert: AlertID) -> Bool {
    queues.values.contains { $0.waiting.contains(alert) || $0.batch?.alerts.contains(alert) ?? false }
  }
}

extension AlertBook.Place {
  fileprivate init(_ record: AlertRecord) {
    self.init(
      pipeline: record.cause.pipeline,
      partition: record.cause.dataset == nil ? record.cause.partition : "\u{0}")
  }
}
