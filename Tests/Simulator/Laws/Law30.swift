import Basics
import MeshModel

/// Whoever is to be told of an alert is told, or the record says that it failed; of what is silenced nobody
/// is told, and no channel is told more often than its rhythm allows.
final class Law30: Law {
  let number = 30
  private struct Sending {
    var record: NotificationRecord
    /// When it is to be tried again; nil: it is under way.
    var retryAt: Instant?
    var sequence: Int64
  }

  private var alerts: [AlertID: AlertRecord] = [:]
  /// What is still to be told, and nobody began to.
  private var waiting: [String: Set<AlertID>] = [:]
  private var sending: [NotificationID: Sending] = [:]
  private var begun: [String: Instant] = [:]
  private var silenced: Set<AlertID> = []
  private var silences: [SilenceID: SilenceRecord] = [:]

  /// When the owner last had a reason to forget silences that are over.
  private var forgot: Instant?

  /// Those of a commit that come too soon after another, unless the same commit says that nobody is told.
  private var early: [NotificationID: String] = [:]

  func seeCommit(_ changes: [Change], _ chronicle: Chronicle, _ court: Court) {
    for (_, complaint) in early.sorted(by: { $0.key < $1.key }) { expect(false, court, complaint) }
    early = [:]
  }

  /// A new owner begins, which knows nothing of the rhythm and may have another clock.
  func begin() { (begun, forgot) = ([:], nil) }

  /// What is over is forgotten, not only with the next owner.
  func see(_ kept: (silences: Int, watchTimers: Int, mostWatchTimers: Int), _ court: Court) {
    expect(
      kept.watchTimers <= kept.mostWatchTimers, court, "\(kept.watchTimers) timers of watches are kept")
    let lasting = silences.values.count { silence in forgot.map { silence.until > $0 } ?? true }
    expect(kept.silences <= lasting, court, "\(kept.silences) silences are kept, and \(lasting) last")
  }

  func see(_ change: Change, _ chronicle: Chronicle, _ court: Court) {
    switch change {
    case .alertRaised(let alert):
      alerts[alert.id] = alert
      let isCovered = silences.values.contains {
        alert.raisedAt < $0.until && Self.covers($0.selector, alert.cause)
      }
      expect(
        (alert.silence != nil) == isCovered, court,
        "alert \(alert.id) of '\(alert.subject)' is silenced by \(alert.silence.map { "\($0)" } ?? "nothing")"
      )
      expect(
        alert.channels == (isCovered ? [] : channels(of: alert, chronicle)), court,
        "alert \(alert.id) is for \(alert.channels)")
      if alert.silence != nil { silenced.insert(alert.id) }
      for channel in alert.channels { waiting[channel, default: []].insert(alert.id) }
    case .silenced(let silence):
      silences[silence.id] = silence
      forgot = silence.createdAt
      for alert in silence.alerts { hush(alert) }
    case .unsilenced(let silence, _, _): silences[silence] = nil
    case .notificationBegun(let record): begin(record, chronicle, court)
    case .notificationEnded(let id, let failure, let retryAt, let at):
      guard let last = sending[id] else { return expect(false, court, "notification \(id) never began") }
      if failure?.code == "not_declared" { early[id] = nil }
      expect(failure != nil || retryAt == nil, court, "notification \(id) is told, and told again")
      if let retryAt {
        expect(
          retryAt - at >= .seconds(10) && last.record.attempt < 8, court,
          "notification \(id) is tried again after \(retryAt - at)")
        sending[id]?.retryAt = retryAt
      } else {
        sending[id] = nil
      }
    default: return
    }
  }

  private func hush(_ alert: AlertID) {
    silenced.insert(alert)
    for channel in waiting.keys { waiting[channel]?.remove(alert) }
  }

  private func begin(_ record: NotificationRecord, _ chronicle: Chronicle, _ court: Court) {
    for alert in record.alerts {
      expect(!silenced.contains(alert), court, "alert \(alert) is silenced, and '\(record.channel)' is told")
    }
    expect(!record.alerts.isEmpty && record.alerts.count <= 500, court, "\(record.alerts.count) are told")
    let others = sending.values.filter { $0.record.channel == record.channel && $0.record.id != record.id }
    expect(others.isEmpty, court, "'\(record.channel)' is told twice at a time")
    if let last = sending[record.id] {
      expect(
        last.retryAt.map { $0 <= record.startedAt } ?? false && record.attempt == last.record.attempt + 1,
        court, "notification \(record.id) is tried again too early, or as try \(record.attempt)")
      expect(
        Set(record.alerts).isSubset(of: last.record.alerts), court,
        "notification \(record.id) tells more when it is tried again")
    } else {
      expect(record.attempt == 1, court, "notification \(record.id) begins with try \(record.attempt)")
      for alert in record.alerts {
        expect(
          waiting[record.channel]?.remove(alert) != nil, court,
          "'\(record.channel)' is not to be told of alert \(alert)")
      }
      if let last = begun[record.channel], record.startedAt - last < .seconds(10) {
        early[record.id] = "'\(record.channel)' is told again after \(record.startedAt - last)"
      }
    }
    begun[record.channel] = record.startedAt
    sending[record.id] = Sending(record: record, sequence: chronicle.sequence + 1)
  }

  func see(_ deed: Machine.Deed, _ chronicle: Chronicle, _ court: Court) {
    guard let told = deed.notification else { return }
    guard let known = sending[told] else {
      return expect(false, court, "notification \(told) was sent, and no commit tells of it")
    }
    expect(known.sequence <= deed.durable, court, "notification \(told) was sent before that was durable")
  }

  /// Nobody is left who was to be told.
  func checkEnd(_ court: Court) {
    let left = waiting.filter { !$0.value.isEmpty }
    expect(
      left.isEmpty, court, "\(left.keys.sorted()) are not told of \(left.values.first?.count ?? 0) alerts")
    expect(sending.isEmpty, court, "\(sending.count) notifications are neither told nor failed")
  }

  private func channels(of alert: AlertRecord, _ chronicle: Chronicle) -> [String] {
    guard let mesh = chronicle.latest?.mesh else { return [] }
    func names(_ rules: [NotificationRule], _ scope: String) -> [String] {
      rules.enumerated().filter { $1.kinds.contains(alert.cause.kind) }.map { "\(scope).\($0.offset + 1)" }
    }
    let domain = alert.cause.pipeline.domain
    let own = mesh.domains.first { $0.name == domain }?.notify ?? []
    return names(mesh.notify, "*") + names(own, domain)
  }

  /// The selectors that the simulation silences by: a domain, or a pipeline.
  private static func covers(_ selector: String, _ cause: AlertCause) -> Bool {
    selector == cause.pipeline.description || selector == "\(cause.pipeline.domain)/*"
  }
}
