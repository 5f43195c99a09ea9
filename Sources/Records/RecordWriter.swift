import Basics
import MeshModel
import SQLite

/// The one who writes the state file: facts go in by whole commits, each a row of the event log and its
/// effect on the tables.
///
/// Used by one thread at a time; it may be handed from thread to thread.
public final class RecordWriter: @unchecked Sendable {
  let connection: Connection
  private let tables: RecordTables
  private var payload = JSONWriter()
  /// The number of the last event that was committed; 0 before the first.
  public private(set) var lastSequence: Int64
  /// Held as long as the connection is open, whoever lets go of the owner: as the last member it goes last.
  private let lock: OwnerLock?

  init(connection: Connection, lock: OwnerLock?) throws(SQLiteError) {
    self.connection = connection
    self.lock = lock
    tables = RecordTables(connection: connection)
    lastSequence = try connection.integer(
      of:
        "SELECT max((SELECT coalesce(max(seq), 0) FROM events), (SELECT coalesce(max(seq), 0) FROM snapshots))"
    )
  }

  /// Writes all changes, durably, or none. When it throws, the file is as it was, and a later commit may
  /// succeed; an `illegalChange` is our own bug.
  public func commit(_ changes: [Change]) throws(RecordsError) {
    guard !changes.isEmpty else { return }
    let removes = changes.contains { if case .runsRemoved = $0 { true } else { false } }
    // Can be switched only where no transaction is open.
    if removes { try? connection.execute("PRAGMA foreign_keys = 0") }
    defer { if removes { try? connection.execute("PRAGMA foreign_keys = 1") } }
    do {
      try connection.cached("BEGIN IMMEDIATE").run()
      var sequence = lastSequence
      for change in changes {
        sequence += 1
        try write(change, sequence)
      }
      try connection.cached("COMMIT").run()
      lastSequence = sequence
    } catch {
      // A failed statement may have rolled back already; then this one has nothing to do.
      if connection.isInTransaction { try? connection.execute("ROLLBACK") }
      throw Self.recordsError(error)
    }
  }

  private func write(_ change: Change, _ sequence: Int64) throws {
    payload.removeAll()
    ChangeCoding.encode(change, into: &payload)
    let event = try connection.cached("INSERT INTO events (seq, at, kind, payload) VALUES (?, ?, ?, ?)")
    var binding = Binding(event)
    binding.add(sequence)
    binding.add(change.at)
    binding.add(change.kind.rawValue)
    binding.add(utf8: payload.bytes)
    try event.run()
    try tables.apply(change)
  }

  private static let violatedConstraint: Int32 = 19

  private static func recordsError(_ error: any Error) -> RecordsError {
    switch error {
    case let error as RecordsError: error
    case let error as SQLiteError where error.code == violatedConstraint:
      RecordsError(.illegalChange, "the tables refuse a change: \(error)")
    case let error as SQLiteError: RecordsError(error)
    default: RecordsError(.damaged, "\(error)")
    }
  }
}
