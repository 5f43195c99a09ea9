import Basics
import MeshModel

/// The decision to tell somebody of alerts.
public struct NotificationOrder: Sendable {
  public var id: NotificationID
  public var channel: String
  public var attempt: Int
  public var command: Command
  /// Ascending.
  public var alerts: [AlertRecord]
  /// The folder of the project.
  public var project: String
}

/// Who is told of alerts: a process for each rule of `notify`, one at a time and one in ten seconds, which is
/// told of all that came meanwhile. So a thousand failures make no thousand processes.
extension Scheduler {
  /// A process is told of so many alerts at most.
  static let mostAtOnce = 500
  /// From the beginning of one notification of a channel to that of the next.
  static let notificationRhythm = Duration.seconds(10)
  /// So often somebody is tried to be told.
  public static let mostNotificationAttempts = 8
  private static let firstRepetition = Duration.seconds(10)

  /// The rules of the latest release that are about a cause.
  func channels(of cause: AlertCause) -> [String] {
    let mesh = latest.release.mesh
    guard mesh.environment?.notifies ?? true else { return [] }
    let domain = cause.pipeline.domain
    let own = latest.release.domainPlaces[domain].map { mesh.domains[$0].notify } ?? []
    func names(_ rules: [NotificationRule], _ domain: String?) -> [String] {
      rules.indices.filter { rules[$0].kinds.contains(cause.kind) }.map {
        NotificationRule.channel($0, of: domain)
      }
    }
    return names(mesh.notify, nil) + names(own, domain)
  }

  /// The rule of that name; nil: the latest release has none.
  private func rule(of channel: String) -> NotificationRule? {
    let mesh = latest.release.mesh
    let parts = channel.split(separator: ".")
    guard parts.count == 2, let number = Int(parts[1]) else { return nil }
    let rules =
      parts[0] == "*"
      ? mesh.notify : latest.release.domainPlaces[String(parts[0])].map { mesh.domains[$0].notify } ?? []
    return rules.indices.contains(number - 1) ? rules[number - 1] : nil
  }

  /// Whether somebody is to be told of something, or is being told.
  public var isTelling: Bool {
    configuration.looksAfterAlerts
      && alerts.queues.values.contains { $0.batch != nil || !$0.waiting.isEmpty }
  }

  /// When the next notification begins; nil: nobody is to be told of anything.
  var nextNotificationDue: Instant? {
    guard configuration.looksAfterAlerts else { return nil }
    return alerts.queues.values.compactMap { queue in
      if let batch = queue.batch { return batch.due }
      return queue.waiting.isEmpty ? nil : queue.opens
    }.min()
  }

  /// Lets the processes begin that are due. Who owns the state only for a moment tells nobody.
  mutating func sendNotifications() {
    guard configuration.looksAfterAlerts, slots.workers > 0, !alerts.queues.isEmpty else { return }
    for channel in alerts.queues.keys.sorted() {
      while let next = nextBatch(of: channel) {
        guard let rule = rule(of: channel) else {
          give(up: next, of: channel)
          continue
        }
        begin(next, of: channel, rule)
        break
      }
    }
  }

  /// What is to be told now; nil: nothing.
  private mutating func nextBatch(of channel: String) -> AlertBook.Queue.Batch? {
    guard let queue = alerts.queues[channel] else { return nil }
    if var batch = queue.batch {
      guard let due = batch.due, due <= now else { return nil }
      batch.alerts.removeAll { alerts.silenced.contains($0) }
      if !batch.alerts.isEmpty {
        batch.attempt += 1
        return batch
      }
      end(channel, Reason("silenced", "all that it was to tell is silenced"), retryAt: nil)
    }
    guard let queue = alerts.queues[channel], !queue.waiting.isEmpty, queue.opens <= now else { return nil }
    let batch = AlertBook.Queue.Batch(
      id: alerts.nextNotification, alerts: Array(queue.waiting.prefix(Self.mostAtOnce)), attempt: 1)
    alerts.nextNotification += 1
    return batch
  }

  private mutating func begin(
    _ batch: AlertBook.Queue.Batch, of channel: String, _ rule: NotificationRule
  ) {
    note(batch, of: channel)
    alerts.queues[channel]?.opens = now + Self.notificationRhythm
    decisions.effects.append(.notify(order(batch, channel, rule)))
  }

  private func order(
    _ batch: AlertBook.Queue.Batch, _ channel: String, _ rule: NotificationRule
  ) -> NotificationOrder {
    NotificationOrder(
      id: batch.id, channel: channel, attempt: batch.attempt, command: rule.command,
      alerts: batch.alerts.compactMap { alerts.records[$0] }, project: latest.release.mesh.root)
  }

  private mutating func note(_ batch: AlertBook.Queue.Batch, of channel: String) {
    var batch = batch
    batch.due = nil
    alerts.queues[channel]?.batch = batch
    let told = Set(batch.alerts)
    alerts.queues[channel]?.waiting.removeAll { told.contains($0) }
    decisions.changes.append(
      .notificationBegun(
        NotificationRecord(
          id: batch.id, channel: channel, alerts: batch.alerts, attempt: batch.attempt, startedAt: now)))
  }

  /// The rule is gone: what it was to tell is told nobody, and the record says so.
  private mutating func give(up batch: AlertBook.Queue.Batch, of channel: String) {
    note(batch, of: channel)
    end(channel, Reason("not_declared", "'notify' does not have it any more"), retryAt: nil)
  }

  /// What came of a process that was to tell somebody; a second report is left alone.
  mutating func notified(_ id: NotificationID, attempt: Int, failure: Reason?) {
    guard let (channel, queue) = alerts.queues.first(where: { $0.value.batch?.id == id }),
      let batch = queue.batch, batch.due == nil, batch.attempt == attempt
    else { return }
    var retryAt: Instant?
    if failure != nil, batch.attempt < Self.mostNotificationAttempts {
      // 10 s, 20 s, 40 s and so on: 21 minutes in all.
      retryAt = now + Self.firstRepetition * (1 << (batch.attempt - 1))
    }
    end(channel, failure, retryAt: retryAt)
  }

  private mutating func end(_ channel: String, _ failure: Reason?, retryAt: Instant?) {
    guard let batch = alerts.queues[channel]?.batch else { return }
    decisions.changes.append(.notificationEnded(batch.id, failure: failure, retryAt: retryAt, at: now))
    if let retryAt {
      alerts.queues[channel]?.batch?.due = retryAt
      return
    }
    alerts.queues[channel]?.batch = nil
    for alert in batch.alerts { alerts.isTold(alert) }
  }

  /// Has processes begun anew that told somebody when the owner before this one died: they may tell it twice.
  mutating func repeatNotifications() {
    guard configuration.looksAfterAlerts, slots.workers > 0 else { return }
    for (channel, queue) in alerts.queues.sorted(by: { $0.key < $1.key }) {
      guard let batch = queue.batch, batch.due == nil else { continue }
      guard let rule = rule(of: channel) else {
        end(channel, Reason("not_declared", "'notify' does not have it any more"), retryAt: nil)
        continue
      }
      decisions.effects.append(.notify(order(batch, channel, rule)))
    }
  }
}
