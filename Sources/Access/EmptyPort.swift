import MeshModel
import SQLite

/// Another domain's dataset where SQL is only compiled: it has the columns and no rows, and notes which are
/// asked for.
final class EmptyPort: VirtualTable {
  private let dataset: DatasetName
  private let columns: [Column]
  private let witness: FootprintWitness

  init(dataset: DatasetName, columns: [Column], witness: FootprintWitness) {
    self.dataset = dataset
    self.columns = columns
    self.witness = witness
  }

  var declaration: String { "CREATE TABLE x(\(columns.map(\.declaration).joined(separator: ", ")))" }

  func plan(_ question: inout IndexQuestion) {
    witness.noteRead(
      of: dataset, columns: question.usedColumns(of: columns.count).map { columns[$0].name })
    question.answer(plan: 0, cost: 1000, rows: 1000, isUnique: false, isOrdered: false)
  }

  func open() -> any VirtualCursor { EmptyCursor() }
}

/// No rows.
final class EmptyCursor: VirtualCursor {
  func filter(plan: Int, arguments: CursorArguments) throws(SQLiteError) {}
  func next() throws(SQLiteError) {}
  var isAtEnd: Bool { true }
  func column(_ index: Int, into answer: ResultSlot) throws(SQLiteError) { answer.setNull() }
  var row: Int64 { 0 }
}
