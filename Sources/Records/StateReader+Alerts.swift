import Basics
import MeshModel
import SQLite

extension StateReader {
  private static let columns = """
    id, kind, pipeline, partition, interval_start, interval_end, task, dataset, run, reason_code, reason_text,
    raised_at, silence, acknowledged_at, acknowledged_by, note, resolved_at, resolution_code, resolution_text
    """

  /// Alerts, the latest first, and where the next page begins.
  public func alerts(_ filter: AlertFilter) throws(RecordsError) -> (
    alerts: [AlertSummary], next: AlertID?
  ) {
    try snapshot { _ in
      let kinds = JSONWriter.texts(filter.kinds.map(\.rawValue))
      let names = filter.pipelines.map { JSONWriter.texts($0.map(\.description)) }
      var found = try rows(
        """
        SELECT \(Self.columns) FROM alerts WHERE id < ?1
          AND (?2 OR resolved_at IS NULL) AND kind IN (SELECT value FROM json_each(?3))
          AND (?4 IS NULL OR pipeline IN (SELECT value FROM json_each(?4))) AND (?5 IS NULL OR run = ?5)
        ORDER BY id DESC LIMIT ?6
        """
      ) {
        $0.add(filter.before ?? .max)
        $0.add(filter.includesResolved ? 1 : 0)
        $0.add(kinds)
        $0.add(names)
        $0.add(filter.run)
        $0.add(filter.limit + 1)
      } _: {
        try AlertSummary($0)
      }
      let hasMore = found.count > filter.limit
      if hasMore { found.removeLast() }
      for place in found.indices { found[place].deliveries = try deliveries(of: found[place].record) }
      return (found, hasMore ? found.last?.record.id : nil)
    }
  }

  /// The alert of that number.
  public func alert(_ id: AlertID) throws(RecordsError) -> AlertSummary? {
    try snapshot { _ in
      var found = try firstRow("SELECT \(Self.columns) FROM alerts WHERE id = ?") {
        $0.add(id)
      } _: {
        try AlertSummary($0)
      }
      if let record = found?.record { found?.deliveries = try deliveries(of: record) }
      return found
    }
  }

  /// How many alerts of each kind are open, and of these how many nobody knows of yet.
  public func openAlerts(of pipelines: [PipelineName]? = nil) throws(RecordsError) -> [AlertKind: (
    open: Int, unknown: Int
  )] {
    try snapshot { _ in
      let names = pipelines.map { JSONWriter.texts($0.map(\.description)) }
      let counts = try rows(
        """
        SELECT kind, count(*), count(*) FILTER (WHERE acknowledged_at IS NULL) FROM alerts
        WHERE resolved_at IS NULL AND (?1 IS NULL OR pipeline IN (SELECT value FROM json_each(?1)))
        GROUP BY kind
        """
      ) {
        $0.add(names)
      } _: {
        (try $0.word(0, AlertKind.self), (open: try $0.int(1), unknown: try $0.int(2)))
      }
      return Dictionary(counts) { first, _ in first }
    }
  }

  /// Silences, the latest first.
  ///
  /// - Parameter now: only those that last then; nil: all.
  public func silences(lastingAt now: Instant? = nil) throws(RecordsError) -> [SilenceSummary] {
    try snapshot { _ in
      try rows(
        """
        SELECT id, selector, until, reason, who, created_at, ended_at, ended_by FROM silences
        WHERE ?1 IS NULL OR ended_at IS NULL AND until > ?1 ORDER BY id DESC LIMIT 1000
        """
      ) {
        $0.add(now)
      } _: {
        SilenceSummary(
          record: try $0.silence(), endedAt: try $0.optionalInstant(6), endedBy: try $0.optionalText(7))
      }
    }
  }

  /// Some alerts that may be removed, ascending.
  func removableAlerts(resolvedBefore moment: Instant, limit: Int) throws -> [AlertID] {
    try rows(
      """
      SELECT id FROM alerts WHERE resolved_at < ? AND \(RecordTables.isRemovableAlert)
      ORDER BY resolved_at, id LIMIT ?
      """
    ) {
      $0.add(moment)
      $0.add(limit)
    } _: {
      try $0.int64(0)
    }
  }

  /// How many alerts may be removed.
  public func countOfRemovableAlerts(resolvedBefore moment: Instant) throws(RecordsError) -> Int {
    try snapshot { _ in
      try firstRow(
        "SELECT count(*) FROM alerts WHERE resolved_at < ? AND \(RecordTables.isRemovableAlert)"
      ) {
        $0.add(moment)
      } _: {
        try $0.int(0)
      } ?? 0
    }
  }

  private func deliveries(of alert: AlertRecord) throws -> [AlertSummary.Delivery] {
    try rows(
      """
      SELECT d.channel, n.state, n.attempts, n.reason_code, n.reason_text
      FROM deliveries AS d LEFT JOIN notifications AS n ON n.id = d.notification
      WHERE d.alert = ? ORDER BY d.channel
      """
    ) {
      $0.add(alert.id)
    } _: { row in
      let isDelivered = try row.optionalText(1) == "delivered"
      let state: AlertSummary.Delivery.State =
        row.statement.isNull(1) ? .waiting : try row.word(1)
      let isHeld = alert.silence != nil && (state == .waiting || state == .retrying)
      return .init(
        channel: try row.text(0), state: isHeld ? .silenced : state, attempts: try row.optionalInt(2) ?? 0,
        reason: isDelivered ? nil : try row.reason(3))
    }
  }

  /// What was open, or still to be told, when the last owner went.
  ///
  /// - Parameter now: silences that are over by then are left out; nil: none are.
  func recoveredAlerts(at now: Instant?) throws -> RecoveredAlerts {
    var found = RecoveredAlerts()
    found.lastAlert = try connection.integer(of: "SELECT max(id) FROM alerts")
    found.lastSilence = try connection.integer(of: "SELECT max(id) FROM silences")
    found.lastNotification = try connection.integer(of: "SELECT max(id) FROM notifications")
    try readPending(into: &found)
    let pending = JSONWriter.numbers(found.pending.flatMap(\.alerts))
    try eachRow(
      """
      SELECT \(Self.columns) FROM alerts
      WHERE resolved_at IS NULL OR id IN (SELECT value FROM json_each(?)) ORDER BY id
      """
    ) {
      $0.add(pending)
    } _: { row in
      let alert = try AlertSummary(row)
      found.alerts.append(alert.record)
      if alert.resolvedAt == nil { found.open.insert(alert.record.id) }
      if alert.acknowledgedAt != nil { found.acknowledged.insert(alert.record.id) }
    }
    found.silences = try rows(
      """
      SELECT id, selector, until, reason, who, created_at FROM silences
      WHERE ended_at IS NULL AND (?1 IS NULL OR until > ?1) ORDER BY id
      """
    ) {
      $0.add(now)
    } _: {
      try $0.silence()
    }
    found.deadlines = try rows("SELECT pipeline, meaning, counted_to FROM deadlines ORDER BY pipeline") {
      DeadlineRecord(pipeline: try $0.pipeline(0), meaning: try $0.text(1), countedTo: try $0.instant(2))
    }
    return found
  }

  /// What was begun is there with all its alerts: where all are silenced it ends, and is not left open.
  private func readPending(into found: inout RecoveredAlerts) throws {
    try eachRow(
      """
      SELECT d.channel, d.alert, d.notification, n.attempts, n.retry_at
      FROM deliveries AS d JOIN alerts AS a ON a.id = d.alert
        LEFT JOIN notifications AS n ON n.id = d.notification
      WHERE d.notification IS NULL AND a.silence IS NULL
        OR d.notification IN (SELECT id FROM notifications WHERE state = 'sending' OR state = 'retrying')
      ORDER BY d.channel, d.notification IS NULL, d.notification, d.alert
      """
    ) { row in
      let pending = RecoveredAlerts.Pending(
        channel: try row.text(0), alerts: [try row.int64(1)], notification: try row.optionalInt64(2),
        attempt: try row.optionalInt(3) ?? 0, retryAt: try row.optionalInstant(4))
      if let last = found.pending.indices.last, found.pending[last].channel == pending.channel,
        found.pending[last].notification == pending.notification
      {
        found.pending[last].alerts += pending.alerts
      } else {
        found.pending.append(pending)
      }
    }
  }
}

extension StateReader {
  /// Whether a run has all tasks of its pipeline in it.
  private static let isWhole = """
    (runs.tasks IS NULL OR json_array_length(runs.tasks) + json_array_length(coalesce(runs.kept, '[]'))
      >= (SELECT count(*) FROM release_tasks AS t WHERE t.release = runs.release AND t.pipeline = runs.pipeline))
    """

  /// Whether a pipeline has made what was to be made by a deadline, or nothing was to be made after all.
  ///
  /// - Parameters:
  ///   - tick: when the schedule was due; nil: the pipeline has none.
  ///   - partition: nil for a pipeline without partitions.
  public func keepsDeadline(
    _ pipeline: PipelineName, tick: Instant?, partition: PartitionInterval?
  ) throws(RecordsError) -> Bool {
    try snapshot { _ in
      let made = try firstRow(
        """
        SELECT 1 FROM runs WHERE ?2 IS NOT NULL AND partition = ?2 AND pipeline = ?1 AND state = 'success'
          AND \(Self.isWhole)
        UNION ALL SELECT 1 FROM runs WHERE ?2 IS NULL AND pipeline = ?1 AND state = 'success' AND partition IS NULL
          AND created_at >= ?3 AND \(Self.isWhole)
        """
      ) {
        $0.add(pipeline.description)
        $0.add(partition?.key)
        $0.add(tick)
      } _: { _ in
        true
      }
      if made != nil { return true }
      // What was skipped, for another reason than that a run makes it already, or missed, is not expected.
      let excused = try firstRow(
        """
        SELECT 1 FROM ticks WHERE pipeline = ?1 AND at = (SELECT max(at) FROM ticks WHERE pipeline = ?1 AND at <= ?2)
          AND coalesce(through, at) >= ?2 AND outcome <> 'run' AND reason_code <> 'same_partition'
        UNION ALL SELECT 1 FROM arrivals WHERE pipeline = ?1 AND partition = ?3 AND outcome <> 'run'
          AND reason_code <> 'same_partition'
        """
      ) {
        $0.add(pipeline.description)
        $0.add(tick)
        $0.add(partition?.key)
      } _: { _ in
        true
      }
      return excused != nil
    }
  }
}

extension AlertSummary {
  fileprivate init(_ row: Row) throws {
    let task = try row.text(6)
    let dataset = try row.text(7).isEmpty ? nil : row.dataset(7)
    let key = try row.text(3)
    let cause = AlertCause(
      kind: try row.word(1), pipeline: try row.pipeline(2), partition: key,
      task: task.isEmpty ? nil : task, dataset: dataset)
    guard let reason = try row.reason(9) else { throw row.wrong(9) }
    record = AlertRecord(
      id: try row.int64(0), cause: cause, partition: try row.partition(3), run: try row.optionalInt64(8),
      reason: reason, raisedAt: try row.instant(11), silence: try row.optionalInt64(12))
    acknowledgedAt = try row.optionalInstant(13)
    acknowledgedBy = try row.optionalText(14)
    note = try row.optionalText(15)
    resolvedAt = try row.optionalInstant(16)
    resolution = try row.reason(17)
  }
}

extension Row {
  /// A silence in the first six columns.
  fileprivate func silence() throws -> SilenceRecord {
    SilenceRecord(
      id: try int64(0), selector: try text(1), until: try instant(2), reason: try optionalText(3),
      by: try text(4), createdAt: try instant(5))
  }
}

extension JSONWriter {
  fileprivate static func numbers(_ numbers: [Int64]) -> String {
    var writer = JSONWriter()
    writer.array { writer in for number in numbers { writer.integer(number) } }
    return writer.text
  }
}
