import MeshModel
import SQLite

extension FootprintReader {
  /// Puts together what the authorizer, the ports and the program tell of the statement just compiled.
  func fill(_ footprint: inout StatementFootprint, from program: ProgramReading) throws(AccessError) {
    let witness = stage.witness
    let changes = witness.schemaChanges
    if changes.isEmpty, program.reads.contains(where: { $0.rootPage == 1 }) {
      throw AccessError(
        .forbidden, "'sqlite_schema' cannot be read by a task", offset: footprint.bytes.lowerBound)
    }
    // Other changes of the schema read the whole table for SQLite's own ends.
    if changes.isEmpty || changes.contains(where: { $0.action == .createTable }) {
      footprint.reads = reads(from: program)
    }
    footprint.writes = writes()
  }

  /// All that is read, sorted.
  func reads(from program: ProgramReading) -> [StatementFootprint.Read] {
    var columns = stage.witness.portReads
    for (table, names) in stage.witness.ownReads where !stage.views.contains(table) {
      columns[DatasetName(domain: stage.domain, name: table), default: []].formUnion(names)
    }
    for use in program.reads where use.database == 0 {
      guard let shape = stage.pages[use.rootPage] else { continue }
      columns[DatasetName(domain: stage.domain, name: shape.table), default: []].formUnion(
        shape.names(of: use))
    }
    return columns.map { .init($0.key, columns: $0.value.sorted()) }.sorted { $0.dataset < $1.dataset }
  }

  private func writes() -> [StatementFootprint.Write] {
    let witness = stage.witness
    var operations: [String: Set<StatementFootprint.Operation>] = [:]
    for (table, done) in witness.writes where !stage.views.contains(table) { operations[table] = done }
    for change in witness.schemaChanges {
      switch change.action {
      case .createTable, .createView: operations[change.name, default: []].insert(.create)
      // Dropping asks for leave to delete, too.
      case .dropTable, .dropView: operations[change.name] = [.drop]
      case .alterTable: operations[change.name, default: []].insert(.alter)
      default: operations[change.table ?? change.name, default: []].insert(.alter)
      }
    }
    return operations.flatMap { table, done in
      done.map { operation in
        StatementFootprint.Write(
          DatasetName(domain: stage.domain, name: table), operation,
          columns: operation == .update ? witness.updatedColumns[table]?.sorted() : nil)
      }
    }.sorted { ($0.dataset, $0.operation) < ($1.dataset, $1.operation) }
  }
}
