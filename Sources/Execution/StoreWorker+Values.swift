import Access
import Lineage
import MeshModel
import Planning
import SQLite

/// Values, conditions and lists: SQL that only reads.
extension StoreWorker {
  /// Bytes that the rows of a list or a value may have together: they are recorded, and handed to processes.
  private static let mostBytes = 16 << 20

  /// A declared value; SQL must answer one row of one column.
  func value(
    _ value: ValueExpression, site: TaskSite, control: AttemptControl
  ) throws(AttemptFailure) -> Scalar {
    switch value {
    case .literal(let scalar): return scalar
    case .sql(let text):
      return try Self.only(try rows(of: text, site: site, most: 2, control), of: text)
    }
  }

  /// The one value that SQL must answer.
  ///
  /// - Parameter rows: all of them, or two.
  static func only(_ rows: [[Scalar]], of text: LocatedText) throws(AttemptFailure) -> Scalar {
    guard let row = rows.first, rows.count == 1, row.count == 1 else {
      let columns = rows.first.map { ", \($0.count) columns" } ?? ""
      throw AttemptFailure(
        "value",
        "the value must be one row of one column, and the SQL answers \(rows.isEmpty ? "no row" : "more")"
          + "\(columns) (\(text.position))")
    }
    return row[0]
  }

  /// Evaluates a task's `when` or `each`, or what it gives to the run that it triggers.
  ///
  /// - Parameter control: tells it to end.
  func answer(to order: EvaluationOrder, site: TaskSite, control: AttemptControl) -> EvaluationAnswer {
    do throws(AttemptFailure) {
      switch (order.subject, site.task.when, site.task.each?.source) {
      case (.when, let condition?, _): return .condition(try holds(condition, site: site, control))
      case (.when, nil, _): return .condition(true)
      case (.each, _, .list(let values)): return .values(values)
      case (.each, _, .sql(let text)):
        let rows = try rows(of: text, site: site, most: FanOut.most, control)
        return .values(rows.compactMap(\.first))
      case (.trigger, _, _): return try triggerValues(site, control)
      case (.each, _, _): return .failed(Reason("each", "the task has no list to be evaluated"))
      }
    } catch {
      return .failed(error.reason)
    }
  }

  private func triggerValues(
    _ site: TaskSite, _ control: AttemptControl
  ) throws(AttemptFailure) -> EvaluationAnswer {
    guard case .trigger(let trigger) = site.task.kind else {
      throw AttemptFailure("trigger", "the task triggers nothing")
    }
    return try TriggerValues.answer(of: trigger) { (expression, _) throws(AttemptFailure) in
      try value(expression, site: site, control: control)
    }
  }

  /// A condition holds as SQLite's WHERE would have it: NULL, 0 and texts that do not begin with a number
  /// other than 0 are false, and so is no row at all.
  func holds(
    _ condition: LocatedText, site: TaskSite, _ control: AttemptControl
  ) throws(AttemptFailure) -> Bool {
    let (sql, shift) = ConditionText.statement(of: condition.text)
    let values = try bound.values(for: condition.text, site: site)
    return try connections.reading(site) { (connection) throws(AttemptFailure) in
      let first = try perform(condition, shift: shift) { () throws(AccessError) in
        try read(sql, values, most: 1, site: site, on: connection, control, firstOnly: true).first?.first
      }
      return try own(connection) { own in
        let truth = try own.cached("SELECT CASE WHEN ?1 THEN 1 ELSE 0 END")
        defer { truth.reset() }
        truth.bind(first ?? .null, at: 1)
        return try truth.step() && truth.int(0) == 1
      }
    }
  }

  private func rows(
    of text: LocatedText, site: TaskSite, most: Int, _ control: AttemptControl
  ) throws(AttemptFailure) -> [[Scalar]] {
    let values = try bound.values(for: text.text, site: site)
    return try connections.reading(site) { (connection) throws(AttemptFailure) in
      try perform(text) { () throws(AccessError) in
        try read(text.text, values, most: most, site: site, on: connection, control, firstOnly: false)
      }
    }
  }

  private func read(
    _ sql: String, _ values: [String: Scalar], most: Int, site: TaskSite, on connection: DomainConnection,
    _ control: AttemptControl, firstOnly: Bool
  ) throws(AccessError) -> [[Scalar]] {
    let signal = StopSignal(clock: clock)
    signal.rearm(timeout: Self.evaluationTimeout)
    return try control.listening(wake: { signal.stop() }) { () throws(AccessError) in
      let script = try connection.script(sql)
      try connection.begin([script], emptyWhenMissing: site.reads, stop: signal)
      defer { connection.rollback() }
      var rows: [[Scalar]] = []
      var bytes = 0
      try connection.run(script, values: values) { row throws(AccessError) in
        guard rows.count < most else { throw AccessError(.other, "the SQL answers more than \(most) rows") }
        let values = (0..<row.columnCount).map(row.scalar)
        for value in values { bytes += value.byteCount }
        guard bytes <= Self.mostBytes else {
          throw AccessError(.overLimit, "the SQL answers more than \(Self.mostBytes >> 20) MiB")
        }
        rows.append(values)
        return !firstOnly
      }
      return rows
    }
  }
}

extension Scalar {
  fileprivate var byteCount: Int {
    if case .text(let text) = self { text.utf8.count } else { 8 }
  }
}
