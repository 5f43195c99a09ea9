import Basics
import Foundation
import MeshModel
import SQLite
import TestKit

@testable import Records

/// A state in a folder of its own, with one release of the pipeline `wf/flow` (tasks `a`, `b`, `c`).
final class StateFixture {
  static let pipeline = PipelineName(domain: "wf", name: "flow")
  static let dataset = DatasetName(domain: "wf", name: "table")

  let folder: TemporaryFolder
  let clock = ManualClock()
  let directory: StateDirectory
  private(set) var owner: StateOwner?

  init() throws {
    folder = try TemporaryFolder()
    directory = StateDirectory(root: folder.file("state"))
    try StateOwner.makeFolder(directory.root)
    try folder.write(Self.empty.get(), to: "state/heddle.db")
    owner = try StateOwner(opening: directory, clock: clock)
    try commit([.releaseTaken(release(1))])
  }

  /// A state in which nothing is recorded yet: to go through all migrations takes longer than most tests do.
  private static let empty = Result {
    let folder = try TemporaryFolder()
    let directory = StateDirectory(root: folder.file("state"))
    _ = try StateOwner(opening: directory, clock: ManualClock())
    return try [UInt8](Data(contentsOf: URL(fileURLWithPath: directory.database)))
  }

  var now: Instant { clock.now }

  func commit(_ changes: [Change]) throws { try owner?.writer.commit(changes) }
  func reader() throws -> StateReader { try StateReader(opening: directory) }
  func close() { owner = nil }
  func reopen() throws {
    owner = nil
    owner = try StateOwner(opening: directory, clock: clock)
  }

  /// A connection that does whatever a test wants to the file.
  func vandal() throws -> Connection {
    let connection = try Connection(path: directory.database, mode: .readWrite)
    try connection.execute("PRAGMA foreign_keys = 0; PRAGMA ignore_check_constraints = 1")
    connection.setBusyTimeout(milliseconds: 1000)
    return connection
  }

  func release(_ id: ReleaseID) -> ReleaseRecord {
    ReleaseRecord(
      id: id, digest: "d\(id)", takenAt: now, summary: "{}",
      pipelines: [
        .init(
          name: Self.pipeline,
          tasks: [
            .init(name: "a", kind: "run"), .init(name: "b", kind: "sql"), .init(name: "c", kind: "load"),
          ])
      ],
      columnSources: [
        .init(
          dataset: Self.dataset, column: "x", sourceDataset: DatasetName(domain: "wf", name: "raw"),
          sourceColumn: "y")
      ])
  }

  /// The day that many days after 2013-01-01.
  func day(_ number: Int64) -> PartitionInterval {
    let date = CivilTime(daysSinceEpoch: 15_706 + number)
    return PartitionInterval(
      key: date.dateText, start: Instant(seconds: date.secondsSinceEpoch),
      end: Instant(seconds: date.secondsSinceEpoch + 86_400))
  }

  func run(
    _ id: RunID, day number: Int64? = nil, pipeline: PipelineName = StateFixture.pipeline,
    backfill: BackfillID? = nil
  ) -> RunRecord {
    RunRecord(
      id: id, pipeline: pipeline, partition: number.map(day), cause: backfill == nil ? .manual : .backfill,
      backfill: backfill, release: 1, createdAt: now)
  }

  /// A run that is `running`.
  func live(_ id: RunID, day number: Int64? = nil) -> [Change] {
    [.runCreated(run(id, day: number)), .runStarted(id, at: now)]
  }

  func attempt(_ run: RunID, _ task: Int, _ number: Int = 1, index: Int = 0) -> AttemptID {
    AttemptID(instance: InstanceID(run: run, task: task, index: index), number: number)
  }

  func started(_ attempt: AttemptID) -> Change {
    .attemptStarted(attempt, AttemptKey(state: "s", attempt: attempt), inputs: [], at: now)
  }

  func ended(
    _ attempt: AttemptID, _ state: AttemptState = .success, _ instance: InstanceState = .success,
    retryAt: Instant? = nil
  ) -> Change {
    .attemptEnded(
      attempt, AttemptOutcome(state: state), instance: instance, retryAt: retryAt, at: now)
  }

  /// The rows of a query as text, columns joined by '|'.
  func rows(_ sql: String) throws -> [String] { try Self.rows(sql, of: try vandal()) }

  static func rows(_ sql: String, of connection: Connection) throws -> [String] {
    let statement = try connection.prepare(sql)
    var rows: [String] = []
    while try statement.step() {
      rows.append(
        (0..<statement.columnCount).map { statement.optionalText($0) ?? "NULL" }.joined(separator: "|"))
    }
    return rows
  }
}
