import Access
import Lineage
import MeshModel
import Planning
import SQLite

/// Values, conditions and lists: SQL that only reads.
extension StoreWorker {
  /// A declared value; SQL must answer one row of one column.
  func value(_ value: ValueExpression, site: TaskSite) throws(AttemptFailure) -> Scalar {
    switch value {
    case .literal(let scalar): return scalar
    case .sql(let text):
      let rows = try rows(of: text, site: site, most: 2)
      guard let row = rows.first, rows.count == 1, row.count == 1 else {
        let columns = rows.first.map { ", \($0.count) columns" } ?? ""
        throw AttemptFailure(
          "value",
          "the value must be one row of one column, and the SQL answers \(rows.isEmpty ? "no row" : "more")"
            + "\(columns) (\(text.position))")
      }
      return row[0]
    }
  }

  /// Evaluates a task's `when` or `each`.
  func answer(to order: EvaluationOrder, site: TaskSite) -> EvaluationAnswer {
    do throws(AttemptFailure) {
      switch (order.subject, site.task.when, site.task.each?.source) {
      case (.when, let condition?, _): return .condition(try holds(condition, site: site))
      case (.when, nil, _): return .condition(true)
      case (.each, _, .list(let values)): return .values(values)
      case (.each, _, .sql(let text)):
        let rows = try rows(of: text, site: site, most: FanOut.most)
        return .values(rows.compactMap(\.first))
      case (.each, _, _): return .failed(Reason("each", "the task has no list to be evaluated"))
      }
    } catch {
      return .failed(error.reason)
    }
  }

  /// A condition holds as SQLite's WHERE would have it: NULL, 0 and texts that do not begin with a number
  /// other than 0 are false, and so is no row at all.
  private func holds(_ condition: LocatedText, site: TaskSite) throws(AttemptFailure) -> Bool {
    let (sql, shift) = ConditionText.statement(of: condition.text)
    let values = try bound.values(for: condition.text, site: site)
    return try connections.reading(site) { (connection) throws(AttemptFailure) in
      let first = try perform(condition, shift: shift) { () throws(AccessError) in
        try read(sql, values, most: 1_000_000, site: site, on: connection, firstOnly: true).first?.first
      }
      return try own(connection) { own in
        let truth = try own.cached("SELECT CASE WHEN ?1 THEN 1 ELSE 0 END")
        defer { truth.reset() }
        truth.bind(first ?? .null, at: 1)
        return try truth.step() && truth.int(0) == 1
      }
    }
  }

  private func rows(of text: LocatedText, site: TaskSite, most: Int) throws(AttemptFailure) -> [[Scalar]] {
    let values = try bound.values(for: text.text, site: site)
    return try connections.reading(site) { (connection) throws(AttemptFailure) in
      try perform(text) { () throws(AccessError) in
        try read(text.text, values, most: most, site: site, on: connection, firstOnly: false)
      }
    }
  }

  private func read(
    _ sql: String, _ values: [String: Scalar], most: Int, site: TaskSite, on connection: DomainConnection,
    firstOnly: Bool
  ) throws(AccessError) -> [[Scalar]] {
    let signal = StopSignal(clock: clock)
    signal.rearm(timeout: Self.evaluationTimeout)
    let script = try connection.script(sql)
    try connection.begin([script], emptyWhenMissing: site.reads, stop: signal)
    defer { connection.rollback() }
    var rows: [[Scalar]] = []
    try connection.run(script, values: values) { row throws(AccessError) in
      guard rows.count < most else { throw AccessError(.other, "the SQL answers more than \(most) rows") }
      rows.append((0..<row.columnCount).map(row.scalar))
      return !firstOnly
    }
    return rows
  }
}
