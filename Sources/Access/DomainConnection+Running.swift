import MeshModel
import SQLite

extension DomainConnection {
  /// Runs a script's statements in order within the open transaction; answers how many rows they changed.
  ///
  /// - Parameters:
  ///   - values: what is bound to `:name`; a name without a value is a mistake.
  ///   - row: called for each row that a statement answers; false ends that statement. Nil: rows are thrown
  ///     away.
  @discardableResult
  public func run(
    _ script: PreparedScript, values: [String: Scalar] = [:],
    row: ((Statement) throws(AccessError) -> Bool)? = nil
  ) throws(AccessError) -> Int64 {
    let before = connection.totalChangedRows
    var index = 0
    while true {
      if index == script.statements.count {
        guard let start = script.next else { break }
        gatekeeper.begin()
        do {
          try script.compileNext(on: connection, ledger)
        } catch {
          var found = error.code.flatMap { ended(by: $0) } ?? error
          found.offset = error.offset
          throw refused(found, at: start)
        }
      }
      try run(script.statements[index], of: script, values, row)
      index += 1
    }
    return connection.totalChangedRows - before
  }

  /// The rows that a script answers, as values.
  ///
  /// - Parameter most: one row more is a mistake.
  public func rows(
    of script: PreparedScript, values: [String: Scalar] = [:], most: Int = 10_000
  ) throws(AccessError) -> [[Scalar]] {
    var rows: [[Scalar]] = []
    try run(script, values: values) { statement throws(AccessError) in
      guard rows.count < most else {
        throw AccessError(.other, "more than \(most) rows were answered")
      }
      rows.append((0..<statement.columnCount).map(statement.scalar))
      return true
    }
    return rows
  }

  private func run(
    _ prepared: PreparedScript.PreparedStatement, of script: PreparedScript, _ values: [String: Scalar],
    _ row: ((Statement) throws(AccessError) -> Bool)?
  ) throws(AccessError) {
    let statement = prepared.statement
    // Only statements that run past the first thousand steps would notice otherwise.
    if let reason = signal?.reason {
      throw reason == .stopped
        ? AccessError(.stopped, "stopped") : AccessError(.timedOut, "ran longer than it may")
    }
    gatekeeper.begin()
    ledger.resume(prepared.number)
    for parameter in prepared.parameters {
      guard let value = values[parameter.name] else {
        throw AccessError(
          .other, "there is no value for ':\(parameter.name)'",
          offset: script.script.offset(of: parameter.name, from: prepared.start))
      }
      statement.bind(value, at: parameter.index)
    }
    defer { statement.reset() }
    do {
      while try statement.step() {
        guard let row else { continue }
        if !(try row(statement)) { break }
      }
    } catch let error as SQLiteError {
      let reason = mistake(error)
      throw refused(
        // Limits and stops have no place in the text.
        reason.kind == .other
          ? AccessError(error, in: script.script, statementAt: prepared.start, shift: prepared.start)
          : reason,
        at: prepared.start)
    } catch let error as AccessError {
      throw error
    } catch {
      throw AccessError(.other, "\(error)", offset: prepared.start)
    }
  }

  private func refused(_ error: AccessError, at start: Int) -> AccessError {
    guard let refusal = gatekeeper.refusal else { return error }
    return AccessError(.forbidden, refusal, offset: start, code: error.code)
  }
}
