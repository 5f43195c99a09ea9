import MeshModel

/// What a record would say of alerts, folded from the changes alone.
struct AlertFold {
  private var found = RecoveredAlerts()
  private var records: [AlertID: AlertRecord] = [:]
  /// What is to be told, by alert and channel: the notification, if one began.
  private var deliveries: [AlertID: [String: NotificationID?]] = [:]
  private var notifications: [NotificationID: RecoveredAlerts.Pending] = [:]
  private var silences: [SilenceID: SilenceRecord] = [:]
  private var deadlines: [PipelineName: DeadlineRecord] = [:]

  mutating func take(_ change: Change) {
    switch change {
    case .alertRaised(let alert):
      records[alert.id] = alert
      found.open.insert(alert.id)
      found.lastAlert = alert.id
      for channel in alert.channels { deliveries[alert.id, default: [:]][channel] = .some(nil) }
    case .alertAcknowledged(let alert, _, _, _): found.acknowledged.insert(alert)
    case .alertResolved(let alert, _, _): found.open.remove(alert)
    case .silenced(let silence):
      silences[silence.id] = silence
      found.lastSilence = silence.id
      for alert in silence.alerts { records[alert]?.silence = silence.id }
    case .unsilenced(let silence, _, _): silences[silence] = nil
    case .notificationBegun(let record):
      found.lastNotification = max(found.lastNotification, record.id)
      notifications[record.id] = .init(
        channel: record.channel, alerts: record.alerts, notification: record.id, attempt: record.attempt)
      for alert in record.alerts { deliveries[alert]?[record.channel] = record.id }
    case .notificationEnded(let id, _, let retryAt, _):
      notifications[id]?.retryAt = retryAt
      if retryAt == nil { notifications[id] = nil }
    case .deadlineCounted(let deadline, _): deadlines[deadline.pipeline] = deadline
    case .deadlineUncounted(let pipeline, _): deadlines[pipeline] = nil
    default: break
    }
  }

  var recovered: RecoveredAlerts {
    var found = found
    for (_, pending) in notifications.sorted(by: { $0.key < $1.key }) {
      var pending = pending
      if pending.retryAt != nil { pending.alerts.removeAll { records[$0]?.silence != nil } }
      if !pending.alerts.isEmpty { found.pending.append(pending) }
    }
    let waiting = deliveries.sorted { $0.key < $1.key }.filter { records[$0.key]?.silence == nil }
    for channel in Set(waiting.flatMap(\.value.keys)).sorted() {
      let alerts = waiting.filter { $0.value[channel] == .some(nil) }.map(\.key)
      if !alerts.isEmpty { found.pending.append(.init(channel: channel, alerts: alerts)) }
    }
    let pending = Set(found.pending.flatMap(\.alerts))
    found.alerts = records.values.filter { found.open.contains($0.id) || pending.contains($0.id) }
      .sorted { $0.id < $1.id }
    // The tables have them with what is to be told.
    for place in found.alerts.indices { found.alerts[place].channels = [] }
    found.silences = silences.values.sorted { $0.id < $1.id }
    found.deadlines = Array(deadlines.values)
    return found
  }
}
