import Basics
import MeshModel
import SQLite

/// Snapshots: the tables as they were after an event, kept so that older events need not be.
extension Fold {
  /// A part of a snapshot holds about so many bytes.
  private static let partSize = 64 << 10

  /// Begins with the latest snapshot, if there is one.
  ///
  /// - Parameter end: the snapshot is of this event or of one before.
  func begin(with reader: StateReader, upTo end: Int64 = .max) throws {
    try reader.snapshot { reader in
      let found = try reader.firstRow("SELECT coalesce(max(seq), 0) FROM snapshots WHERE seq <= ?") {
        $0.add(end)
      } _: {
        try $0.int64(0)
      }
      let latest = found ?? 0
      guard latest > 0 else { return }
      try connection.execute("BEGIN")
      try reader.eachRow("SELECT content FROM snapshot_rows WHERE seq = ? ORDER BY part") {
        $0.add(latest)
      } _: { row in
        try load(row.json(0))
      }
      try connection.execute(Schema.numberPublications)
      try connection.execute("COMMIT")
      last = latest
    }
  }

  private func load(_ part: JSONValue) throws {
    guard let table = part["table"]?.string, StateReader.foldedTables.contains(table),
      let rows = part["rows"]?.array
    else { throw RecordsError(.damaged, "a snapshot of the state file has a part that is none") }
    let all = try connection.prepare("SELECT * FROM \(table)")
    for row in rows {
      guard let values = row.array, values.count <= all.columnCount else {
        throw RecordsError(.damaged, "a snapshot has a row that is none")
      }
      // One that is older than a column has no value for it.
      let names = (0..<values.count).map(all.columnName).joined(separator: ", ")
      let marks = Array(repeating: "?", count: values.count).joined(separator: ", ")
      let statement = try connection.cached("INSERT INTO \(table) (\(names)) VALUES (\(marks))")
      for (place, value) in values.enumerated() {
        switch value {
        case .integer(let number): statement.bind(number, at: place + 1)
        case .string(let text): statement.bind(text, at: place + 1)
        default: statement.bindNull(at: place + 1)
        }
      }
      try statement.run()
    }
  }

  /// The rows of all tables in parts, one after another; nil at the end.
  func parts() -> () throws -> [UInt8]? {
    var tables = StateReader.foldedTables[...]
    var current: (name: String, statement: Statement)?
    return { [connection] in
      while true {
        if current == nil {
          guard let name = tables.popFirst() else { return nil }
          current = (name, try connection.prepare("SELECT * FROM \(name) NOT INDEXED"))
        }
        guard let (name, statement) = current else { return nil }
        var writer = JSONWriter()
        var count = 0
        try writer.part(of: name) { writer in
          while writer.bytes.count < Self.partSize {
            guard try statement.step() else {
              current = nil
              return
            }
            count += 1
            writer.row(of: statement)
          }
        }
        if count > 0 { return writer.bytes }
      }
    }
  }
}

extension JSONWriter {
  fileprivate mutating func part(of table: String, _ rows: (inout JSONWriter) throws -> Void) throws {
    var failure: (any Error)?
    object { writer in
      writer.key("table")
      writer.string(table)
      writer.key("rows")
      writer.array { writer in
        do { try rows(&writer) } catch { failure = error }
      }
    }
    if let failure { throw failure }
  }

  fileprivate mutating func row(of statement: Statement) {
    array { writer in
      for column in 0..<statement.columnCount {
        switch statement.storage(column) {
        case .integer: writer.integer(statement.int64(column))
        case .text: writer.string(statement.text(column))
        case .null, .real, .blob: writer.null()
        }
      }
    }
  }
}
