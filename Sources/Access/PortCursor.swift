import SQLite

/// One reading of another domain's dataset.
final class PortCursor: VirtualCursor {
  private let port: Port
  private var statement: Statement?
  private var key: Port.StatementKey?
  /// For each column its place in the statement's rows, or -1.
  private var places: [Int] = []
  private var plan = -1
  /// Rows that are only counted, or numbered as they come.
  private var left: Int64 = 0
  private var counts = false
  private var numbers = false
  private(set) var isAtEnd = true
  private(set) var row: Int64 = 0

  init(_ port: Port) { self.port = port }

  deinit { giveBack() }

  func filter(plan number: Int, arguments: CursorArguments) throws(SQLiteError) {
    row = 0
    isAtEnd = true
    guard let table = port.table else { return try port.source.report(missing: port.dataset) }
    guard port.plans.indices.contains(number) else { return }
    let chosen = port.plans[number]
    let wanted = Port.StatementKey(plan: number, forms: chosen.forms(arguments, table))
    if key != wanted {
      giveBack()
      statement = try port.takeStatement(wanted)
      key = wanted
    } else {
      statement?.reset()
    }
    if plan != number { arrange(chosen, table, number) }
    guard let statement else { return }
    for index in chosen.filters.indices where wanted.forms[index] != .dropped {
      arguments.bind(index, to: statement, at: index + 1)
    }
    if counts {
      left = try statement.step() ? statement.int64(0) : 0
      statement.rewind()
      left += 1
    }
    try next()
  }

  func next() throws(SQLiteError) {
    if counts {
      left -= 1
      row += 1
      isAtEnd = left <= 0
      return
    }
    guard let statement, try statement.step() else {
      // The store's statement lets go of its place at once.
      statement?.rewind()
      isAtEnd = true
      return
    }
    isAtEnd = false
    row = numbers ? row + 1 : statement.int64(0)
  }

  func column(_ index: Int, into answer: ResultSlot) throws(SQLiteError) {
    guard let statement, !counts, index < places.count, places[index] >= 0 else {
      // What was not planned for is not to be had.
      throw SQLiteError(
        extendedCode: 1, message: "the column was not asked for when the statement was compiled")
    }
    answer.set(statement, column: places[index])
  }

  private func arrange(_ chosen: PortPlan, _ table: StoredTable, _ number: Int) {
    plan = number
    numbers = table.rowNumber == nil
    counts = !numbers && chosen.countsOnly
    places = Array(repeating: -1, count: table.columns.count)
    if numbers {
      for column in chosen.columns { places[column] = column + 1 }
    } else {
      for (place, column) in chosen.columns.enumerated() { places[column] = place + 1 }
    }
  }

  private func giveBack() {
    if let statement, let key { port.giveBack(statement, key) }
    statement = nil
    key = nil
  }
}
