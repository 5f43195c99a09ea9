import Basics
import MeshModel
import SQLite

/// Reads the state file: never writes, never checkpoints, whether an owner is there or not.
///
/// Used by one thread at a time; it may be handed from thread to thread.
public final class StateReader: @unchecked Sendable {
  /// How long one reading may hold the writer's log.
  public static let longestSnapshot = Duration.seconds(30)

  let connection: Connection
  private let stop: StopSignal

  /// Opens the state file; throws `absent` where there is none.
  public init(opening directory: StateDirectory, clock: any Clock = SystemClock()) throws(RecordsError) {
    connection = try StateFile.openForReading(directory.database)
    stop = StopSignal(clock: clock)
    connection.watch(stop)
  }

  /// Reads what the caller opened, such as a file on a disk in memory.
  package init(of connection: Connection, clock: any Clock) throws(RecordsError) {
    try StateFile.prepareForReading(connection)
    self.connection = connection
    stop = StopSignal(clock: clock)
    connection.watch(stop)
  }

  /// Reads what is in the form of a state file and is none, such as a fold.
  init(ofFolded connection: Connection, clock: any Clock) {
    self.connection = connection
    stop = StopSignal(clock: clock)
    connection.watch(stop)
  }

  /// Runs all readings of `body` on one snapshot of the state.
  public func snapshot<Result>(_ body: (StateReader) throws -> Result) throws(RecordsError) -> Result {
    if connection.isInTransaction { return try recordsErrors { try body(self) } }
    stop.rearm(timeout: Self.longestSnapshot)
    defer { stop.rearm() }
    do {
      return try recordsErrors {
        try connection.execute("BEGIN")
        defer { try? connection.execute("ROLLBACK") }
        return try body(self)
      }
    } catch {
      guard case .database(let cause) = error.kind, cause.isInterrupted else { throw error }
      throw RecordsError(
        .tooSlow, "the reading took longer than \(Self.longestSnapshot.components.seconds) s",
        help: "ask for fewer rows")
    }
  }
}
