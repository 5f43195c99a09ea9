import SQLite

/// Laws of the file and of the event log.
extension StateLaw {
  public static let integrity = StateLaw(
    "integrity", "the file is whole: SQLite finds nothing wrong in its pages, indexes and keys",
    .reading { try $0.damages() })

  static let wholeLog = StateLaw(
    "whole_log", number: 10, "the event log has no gaps",
    .reading { try $0.gaps() })

  static let fold = StateLaw(
    "fold", number: 10, "the tables equal the fold of the last snapshot and the events after it",
    .reading { try $0.differencesFromLongFold() })
}

extension StateReader {
  /// What SQLite finds wrong in the file: at once, or table by table where that takes too long for one
  /// snapshot.
  fileprivate func damages() throws -> [String] {
    do { return try damages("PRAGMA integrity_check(\(Self.mostBreaks))") } catch let error as RecordsError {
      guard error.kind == .tooSlow else { throw error }
    }
    let tables = try snapshot { _ in
      try rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name") { try $0.text(0) }
    }
    return try tables.flatMap { try damages("PRAGMA integrity_check('\($0)')") }
  }

  private func damages(_ pragma: String) throws -> [String] {
    try snapshot { reader in
      let statement = try reader.connection.prepare(pragma)
      var found: [String] = []
      while try statement.step() { found.append(statement.text(0)) }
      return found == ["ok"] ? [] : found
    }
  }

  /// Where numbers are missing in the log, a page of it at a time.
  fileprivate func gaps() throws -> [String] {
    let page: Int64 = 200_000
    let ends = try snapshot { _ in
      (
        first: try connection.integer(of: "SELECT min(seq) FROM events"),
        last: try connection.integer(of: "SELECT max(seq) FROM events"),
        folded: try connection.integer(of: "SELECT max(seq) FROM snapshots")
      )
    }
    guard ends.last > 0 else { return [] }
    var found: [String] = []
    if ends.first > ends.folded + 1 {
      found.append("the event log begins at \(ends.first), and no snapshot holds what was before")
    }
    var next = ends.first
    while next <= ends.last {
      let end = min(ends.last, next + page - 1)
      let count = try snapshot { _ in
        try firstRow("SELECT count(*) FROM events WHERE seq BETWEEN ? AND ?") {
          $0.add(next)
          $0.add(end)
        } _: {
          try $0.int64(0)
        }
      }
      let missing = end - next + 1 - (count ?? 0)
      if missing != 0 { found.append("\(missing) events are missing between \(next) and \(end)") }
      next = end + 1
    }
    return found
  }
}
