import SQLite

/// One reading of another domain's dataset.
///
/// In joins it starts over for each row outside, so it keeps its statement as long as that serves.
final class PortCursor: VirtualCursor {
  private let port: Port
  private var reading: PortReading?
  private var statement: Statement?
  private var key: PortReading.Key?
  private var numbersRows = false
  /// Rows that are only counted.
  private var countsOnly = false
  private var left: Int64 = 0
  private(set) var isAtEnd = true
  private(set) var row: Int64 = 0

  init(_ port: Port) { self.port = port }

  deinit { giveBack() }

  func filter(plan number: Int, arguments: CursorArguments) throws(SQLiteError) {
    row = 0
    isAtEnd = true
    guard port.table != nil else { return try port.source.report(missing: port.dataset) }
    if reading?.number != number {
      giveBack()
      reading = port.reading(number)
      numbersRows = reading?.numbersRows ?? false
      countsOnly = reading?.countsOnly ?? false
    }
    guard let reading else { return }
    let wanted = try reading.key(reading.forms(arguments))
    if key == wanted, let statement {
      statement.rewind()
    } else {
      giveBack()
      statement = try reading.takeStatement(wanted)
      key = wanted
    }
    guard let statement else { return }
    for index in wanted.forms.indices where wanted.forms[index] != .dropped {
      arguments.bind(index, to: statement, at: index + 1)
    }
    if countsOnly {
      left = try statement.step() ? statement.int64(0) + 1 : 0
      statement.rewind()
    }
    try next()
  }

  func next() throws(SQLiteError) {
    if countsOnly {
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
    row = numbersRows ? row + 1 : statement.int64(0)
  }

  func column(_ index: Int, into answer: ResultSlot) throws(SQLiteError) {
    guard let statement, !countsOnly, let places = reading?.places, index < places.count, places[index] >= 0
    else {
      // What was not planned for is not to be had.
      throw SQLiteError(
        extendedCode: 1, message: "the column was not asked for when the statement was compiled")
    }
    answer.set(statement, column: places[index])
  }

  private func giveBack() {
    if let statement, let key { reading?.giveBack(statement, key) }
    statement = nil
    key = nil
  }
}
