import Basics
import MeshModel
import SQLite

extension RecordTables {
  /// Raises an alert; a second one of the same cause is refused by the tables.
  func raise(_ alert: AlertRecord) throws {
    try statement(
      """
      INSERT INTO alerts (id, kind, pipeline, partition, interval_start, interval_end, task, dataset, run,
        reason_code, reason_text, raised_at, silence)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """
    ) {
      $0.add(alert.id)
      $0.add(alert.cause.kind.rawValue)
      $0.add(alert.cause.pipeline.description)
      $0.add(alert.cause.partition)
      $0.add(alert.partition?.start)
      $0.add(alert.partition?.end)
      $0.add(alert.cause.task ?? "")
      $0.add(alert.cause.dataset?.description ?? "")
      $0.add(alert.run)
      $0.add(alert.reason)
      $0.add(alert.raisedAt)
      $0.add(alert.silence)
    }.run()
    for channel in alert.channels {
      try statement("INSERT INTO deliveries (alert, channel) VALUES (?, ?)") {
        $0.add(alert.id)
        $0.add(channel)
      }.run()
    }
  }

  func acknowledge(_ alert: AlertID, _ who: String, _ note: String?, _ at: Instant) throws {
    try changeOne(
      """
      UPDATE alerts SET acknowledged_at = ?, acknowledged_by = ?, note = ?
      WHERE id = ? AND resolved_at IS NULL AND acknowledged_at IS NULL
      """
    ) {
      $0.add(at)
      $0.add(who)
      $0.add(note)
      $0.add(alert)
    } else: {
      "alert \(alert) is not open, or somebody knows of it already"
    }
  }

  func resolve(_ alert: AlertID, _ reason: Reason, _ at: Instant) throws {
    try changeOne(
      """
      UPDATE alerts SET resolved_at = ?, resolution_code = ?, resolution_text = ?
      WHERE id = ? AND resolved_at IS NULL
      """
    ) {
      $0.add(at)
      $0.add(reason)
      $0.add(alert)
    } else: {
      "alert \(alert) is not open"
    }
  }

  func insert(_ silence: SilenceRecord) throws {
    try statement(
      "INSERT INTO silences (id, selector, until, reason, who, created_at) VALUES (?, ?, ?, ?, ?, ?)"
    ) {
      $0.add(silence.id)
      $0.add(silence.selector)
      $0.add(silence.until)
      $0.add(silence.reason)
      $0.add(silence.by)
      $0.add(silence.createdAt)
    }.run()
    for alert in silence.alerts {
      try changeOne("UPDATE alerts SET silence = ? WHERE id = ? AND resolved_at IS NULL") {
        $0.add(silence.id)
        $0.add(alert)
      } else: {
        "alert \(alert) is not open, and is to be silenced"
      }
    }
  }

  func end(_ silence: SilenceID, _ who: String, _ at: Instant) throws {
    try changeOne("UPDATE silences SET ended_at = ?, ended_by = ? WHERE id = ? AND ended_at IS NULL") {
      $0.add(at)
      $0.add(who)
      $0.add(silence)
    } else: {
      "there is no silence \(silence) that lasts"
    }
  }

  /// A try begins: the first of a notification, or another one of those of its alerts that are not silenced
  /// meanwhile.
  func begin(_ notification: NotificationRecord) throws {
    try changeOne(
      """
      INSERT INTO notifications (id, channel, state, attempts, started_at) VALUES (?1, ?2, 'sending', ?3, ?4)
      ON CONFLICT (id) DO UPDATE SET state = 'sending', attempts = ?3, started_at = ?4, retry_at = NULL
        WHERE state = 'retrying' AND channel = ?2 AND attempts = ?3 - 1
      """
    ) {
      $0.add(notification.id)
      $0.add(notification.channel)
      $0.add(notification.attempt)
      $0.add(notification.startedAt)
    } else: {
      "notification \(notification.id) is not to be tried again"
    }
    try statement("UPDATE deliveries SET notification = NULL WHERE notification = ?") {
      $0.add(notification.id)
    }.run()
    for alert in notification.alerts {
      try changeOne(
        """
        UPDATE deliveries SET notification = ? WHERE alert = ? AND channel = ? AND notification IS NULL
          AND (SELECT silence FROM alerts WHERE id = alert) IS NULL
        """
      ) {
        $0.add(notification.id)
        $0.add(alert)
        $0.add(notification.channel)
      } else: {
        "'\(notification.channel)' is not to be told of alert \(alert)"
      }
    }
  }

  func end(
    _ notification: NotificationID, _ failure: Reason?, _ retryAt: Instant?, _ at: Instant
  ) throws {
    let state = failure == nil ? "delivered" : retryAt == nil ? "failed" : "retrying"
    try changeOne(
      """
      UPDATE notifications SET state = ?1, retry_at = ?2, ended_at = CASE WHEN ?1 = 'retrying' THEN NULL ELSE ?3 END,
        reason_code = coalesce(?4, reason_code), reason_text = coalesce(?5, reason_text)
      WHERE id = ?6 AND (state = 'sending' OR state = 'retrying')
      """
    ) {
      $0.add(state)
      $0.add(retryAt)
      $0.add(at)
      $0.add(failure)
      $0.add(notification)
    } else: {
      "notification \(notification) is over already"
    }
  }

  func count(_ deadline: DeadlineRecord) throws {
    try statement(
      """
      INSERT INTO deadlines (pipeline, meaning, counted_to) VALUES (?1, ?2, ?3)
      ON CONFLICT (pipeline) DO UPDATE SET meaning = ?2, counted_to = ?3
      """
    ) {
      $0.add(deadline.pipeline.description)
      $0.add(deadline.meaning)
      $0.add(deadline.countedTo)
    }.run()
  }

  func endDeadline(of pipeline: PipelineName) throws {
    try changeOne("DELETE FROM deadlines WHERE pipeline = ?") {
      $0.add(pipeline.description)
    } else: {
      "'\(pipeline)' has no deadline"
    }
  }

  /// What lets an alert go: it is over, whoever was to be told was, or cannot be, and it is not the latest,
  /// whose number must not be given again.
  static let isRemovableAlert = """
    resolved_at IS NOT NULL AND id <> (SELECT max(id) FROM alerts)
      AND NOT EXISTS (SELECT 1 FROM deliveries AS d LEFT JOIN notifications AS n ON n.id = d.notification
        WHERE d.alert = alerts.id AND (n.state IN ('sending', 'retrying')
          OR d.notification IS NULL AND alerts.silence IS NULL
          OR d.notification = (SELECT max(id) FROM notifications)))
    """

  func remove(alerts: [AlertID]) throws {
    for alert in alerts {
      let notifications =
        "SELECT notification FROM deliveries WHERE alert = ? AND notification IS NOT NULL"
      var told: [NotificationID] = []
      let found = try statement(notifications) { $0.add(alert) }
      while try found.step() { told.append(found.int64(0)) }
      found.rewind()
      let isRemovable =
        try word(
          "SELECT 'yes' FROM alerts WHERE id = ? AND \(Self.isRemovableAlert)"
        ) { $0.add(alert) } != nil
      guard isRemovable else { throw RecordsError(.illegalChange, "alert \(alert) may not be removed") }
      try statement("DELETE FROM deliveries WHERE alert = ?") { $0.add(alert) }.run()
      try statement("DELETE FROM alerts WHERE id = ?") { $0.add(alert) }.run()
      for notification in told {
        try statement(
          """
          DELETE FROM notifications
          WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM deliveries WHERE notification = ?1)
          """
        ) {
          $0.add(notification)
        }.run()
      }
    }
  }
}
