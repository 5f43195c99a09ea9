import MeshModel
import SQLite

extension FootprintReader {
  /// Makes the statement's change of the schema, so that the statements after it compile. No rows are moved.
  func apply(
    _ footprint: inout StatementFootprint, _ program: ProgramReading, in buffer: [UInt8]
  ) throws(AccessError) {
    let changes = stage.witness.schemaChanges
    guard let change = changes.first else { return }
    let start = footprint.bytes.lowerBound
    stage.witness.changedSchema = true
    stage.witness.touched.formUnion(changes.map { $0.table ?? $0.name })
    do {
      try stage.trusted {
        switch change.action {
        case .createTable: try makeTable(change.name, &footprint, program)
        case .createView: try makeView(change.name, &footprint, buffer)
        case .dropTable, .dropView:
          try run(buffer, at: start)
          stage.forgetTrees(of: change.name)
          footprint.dropped.append(name(change.name))
        case .alterTable: try alter(change.name, &footprint, buffer)
        case .createIndex, .createTrigger, .dropIndex, .dropTrigger:
          try run(buffer, at: start)
          if let table = change.table { try stage.enter(table) }
        default: return
        }
      }
    } catch let error as SQLiteError {
      throw mistake(error, at: start, shift: start)
    } catch let error as AccessError {
      throw error
    } catch {
      throw AccessError(.other, "\(error)", offset: start)
    }
  }

  private func name(_ table: String) -> DatasetName { DatasetName(domain: stage.domain, name: table) }

  private func makeTable(
    _ table: String, _ footprint: inout StatementFootprint, _ program: ProgramReading
  ) throws {
    try check(table, footprint)
    // Its own keys and checks name its columns.
    footprint.reads.removeAll { $0.dataset == name(table) }
    // Without a declaration it is there already: IF NOT EXISTS.
    if let declaration = Self.declaration(of: table, in: program) {
      try stage.connection.execute(declaration)
      try stage.enter(table)
    }
    footprint.shapes.append(try shape(table, isView: false))
  }

  private func makeView(_ view: String, _ footprint: inout StatementFootprint, _ buffer: [UInt8]) throws {
    try check(view, footprint)
    let stood = try stage.tableNames().contains(view)
    try run(buffer, at: footprint.bytes.lowerBound)
    if stood { return }
    stage.views.insert(view)
    // What a view reads is told only when somebody reads it.
    stage.witness.begin()
    stage.gatekeeper.begin()
    stage.gatekeeper.isTrusted = false
    let listing = try stage.connection.prepare("EXPLAIN SELECT * FROM \(view.sqlName)")
    footprint.reads = reads(from: try listing.readProgram())
    stage.gatekeeper.isTrusted = true
    footprint.shapes.append(try shape(view, isView: true))
  }

  private func alter(_ table: String, _ footprint: inout StatementFootprint, _ buffer: [UInt8]) throws {
    let before = try stage.tableNames()
    try run(buffer, at: footprint.bytes.lowerBound)
    stage.forgetTrees(of: table)
    let after = try stage.tableNames()
    for gone in before.subtracting(after) { footprint.dropped.append(name(gone)) }
    let made = after.subtracting(before)
    for changed in made.isEmpty ? [table] : made {
      try check(changed, footprint)
      stage.witness.touched.insert(changed)
      try stage.enter(changed)
      footprint.shapes.append(try shape(changed, isView: false))
    }
  }

  /// Tables are datasets, so their names are.
  private func check(_ table: String, _ footprint: StatementFootprint) throws {
    guard !Name.isValid(table) else { return }
    let start = footprint.bytes.lowerBound
    throw AccessError(
      .forbidden, "'\(table)' is no name for a dataset: small letters, digits and underscores",
      offset: script.offset(of: table, from: start) ?? start)
  }

  private func run(_ buffer: [UInt8], at start: Int) throws(SQLiteError) {
    try buffer.withUnsafeBufferPointer { bytes throws(SQLiteError) in
      try stage.connection.prepare(terminated: .init(rebasing: bytes[(start + Self.explain.count)...])).run()
    }
  }

  private func shape(_ table: String, isView: Bool) throws(SQLiteError) -> StatementFootprint.Shape {
    let columns = try stage.rows("SELECT name, type FROM pragma_table_xinfo(?1) WHERE hidden <> 1", [table])
    return .init(
      dataset: name(table), columns: columns.map { Column(name: $0[0], type: ColumnType(declared: $0[1])) },
      isView: isView)
  }
}
