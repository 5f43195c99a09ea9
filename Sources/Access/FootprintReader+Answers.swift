import MeshModel
import SQLite

extension FootprintReader {
  /// The types of CAST expressions, as CREATE TABLE AS would give them to the columns.
  func fillCasts(of footprint: inout StatementFootprint) throws(AccessError) {
    let range = footprint.bytes
    guard footprint.isReadOnly,
      footprint.resultColumns.contains(where: { $0.type == .any && $0.origin == nil }),
      let cast = script.offset(of: "cast", from: range.lowerBound), cast < range.upperBound
    else { return }
    do {
      try stage.trusted { try fillCasts(&footprint.resultColumns, of: range) }
    } catch let error as SQLiteError {
      throw mistake(error, at: range.lowerBound)
    } catch {
      throw AccessError(.other, "\(error)", offset: range.lowerBound)
    }
  }

  func column(_ statement: Statement, _ index: Int) -> StatementFootprint.ResultColumn {
    var column = StatementFootprint.ResultColumn(
      name: statement.columnName(index), type: ColumnType(declared: statement.declaredType(index)),
      origin: nil)
    guard let origin = statement.origin(index) else { return column }
    let dataset = DatasetName(domain: origin.database, name: origin.table)
    column.origin = .init(dataset: dataset, column: origin.column)
    if origin.database != stage.domain || stage.standsUntouched(origin.table),
      let defined = definitions[dataset]?.columns.first(where: { $0.name == origin.column })
    {
      column.type = defined.type
    }
    return column
  }

  private func fillCasts(
    _ columns: inout [StatementFootprint.ResultColumn], of range: Range<Int>
  ) throws(SQLiteError) {
    let made = "_heddle_made"
    let text = Array("EXPLAIN CREATE TABLE \(made) AS ".utf8) + script.bytes[range] + [0]
    let program = try text.withUnsafeBufferPointer { bytes throws(SQLiteError) in
      try stage.connection.prepare(terminated: bytes).readProgram(keepingTexts: true)
    }
    guard let declaration = Self.declaration(of: made, in: program) else { return }
    try stage.connection.execute(declaration)
    defer { stage.drop(made, kind: "TABLE") }
    let types = try stage.rows("SELECT type FROM pragma_table_xinfo(?1)", [made])
    for (index, type) in types.enumerated() where index < columns.count && columns[index].type == .any {
      columns[index].type = ColumnType(declared: type[0])
    }
  }

  /// The CREATE TABLE that a program enters in the schema: it stands behind the words `table` and twice the
  /// name.
  static func declaration(of table: String, in program: ProgramReading) -> String? {
    let texts = program.texts
    for index in texts.indices.dropLast(3)
    where texts[index] == "table" && texts[index + 1] == table && texts[index + 2] == table {
      return texts[index + 3]
    }
    return nil
  }
}
