import Basics
import Foundation
import MeshModel
import Records
import SQLite
import Synchronization
import TestKit
import Testing

@testable import Execution
@testable import Orchestration

@Suite struct BackupTests {
  /// Runs that make a partition a day in the store and in the record, as fast as both can.
  final class Mill: @unchecked Sendable {
    let project: TemporaryProject
    let checked: CheckedProject
    let state: StateDirectory
    let clock = SystemClock()
    private var owner: StateOwner?
    private let store: Connection
    private let mustStop = Atomic<Bool>(false)
    private let ended = DispatchSemaphore(value: 0)
    private let dataset = DatasetName(domain: "d", name: "things")
    private let count = Atomic<RunID>(0)
    var made: RunID { count.load(ordering: .relaxed) }

    init() throws {
      project = try TemporaryProject.domain([
        "p": """
        partition: daily
        schedule: {cron: "0 6 * * *", start: 1970-01-01}
        tasks:
          make: {sql: "SELECT :partition AS day, 1 AS n", into: d.things, mode: partition, partition_by: day}
        """
      ])
      checked = CheckedProject(loading: project.root)
      state = StateDirectory(root: project.state)
      let owner = try StateOwner(opening: state, clock: clock)
      self.owner = owner
      try owner.writer.commit([
        .releaseTaken(ReleaseRecord(id: 1, digest: "d", takenAt: clock.now, graph: checked.graph))
      ])
      for folder in [state.stores, state.releases + "/1/dags"] {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      }
      try project.write("x", to: "/.heddle/releases/1/dags/x")
      store = try Connection(path: state.stores + "/d.db", mode: .create)
      try store.useWriteAheadLog()
      try store.execute("CREATE TABLE things (day TEXT, n INTEGER)")
      try StoreLedger.prepare(store)
    }

    func start() {
      Thread.detachNewThread { [self] in
        while !mustStop.load(ordering: .relaxed), (try? makeOne()) != nil {}
        ended.signal()
      }
    }

    func stop() {
      mustStop.store(true, ordering: .relaxed)
      ended.wait()
      owner = nil
    }

    func makeOne() throws {
      guard let owner else { return }
      let run = made + 1
      let date = CivilTime(daysSinceEpoch: run)
      let day = PartitionInterval(
        key: date.dateText, start: Instant(seconds: date.secondsSinceEpoch),
        end: Instant(seconds: date.secondsSinceEpoch + 86_400))
      let now = clock.now
      let attempt = AttemptID(instance: InstanceID(run: run, task: 0), number: 1)
      let key = AttemptKey(state: owner.stateID, attempt: attempt)
      let pipeline = PipelineName(domain: "d", name: "p")
      let record = RunRecord(
        id: run, pipeline: pipeline, partition: day, cause: .manual, release: 1, createdAt: now)
      try owner.writer.commit([
        .runCreated(record), .runStarted(run, at: now),
        .attemptStarted(attempt, key, inputs: [], at: now),
      ])
      try store.transaction {
        try store.execute("INSERT INTO things VALUES ('\(day.key)', \(run))")
        let entry = StoreLedger.Entry(key: key, dataset: dataset, partition: day.key, inputs: [], rows: 1)
        try StoreLedger.add(entry, run: run, task: "make", at: now, on: store)
      }
      let outcome = AttemptOutcome(state: .success)
      let version = MaterializationRecord(
        id: run, dataset: dataset, partition: day, attempt: attempt, rows: 1, inputs: [], at: now)
      try owner.writer.commit([
        .attemptEnded(attempt, outcome, instance: .success, retryAt: nil, at: now), .materialized(version),
        .runFinished(run, .success, nil, at: now),
      ])
      count.store(run, ordering: .relaxed)
    }

    func backup() -> Backup {
      Backup(state: state, mesh: checked.mesh, clock: clock, version: "test")
    }
  }

  @Test func `a backup that is taken during commits restores to a state that breaks no law`() throws {
    let mill = try Mill()
    for _ in 0..<20 { try mill.makeOne() }
    mill.start()
    var backup = mill.backup()
    // What comes between the copies is what they differ in.
    backup.between = { _ in
      let before = mill.made
      while mill.made < before + 5 { sched_yield() }
    }
    let folder = mill.project.folder.file("backup")
    let marker = try backup.take(into: folder)
    mill.stop()
    let copied = try Connection(path: folder + "/stores/d.db", mode: .readOnly)
      .integer(of: "SELECT count(*) FROM things")
    let outcome = try Restoration(project: mill.checked, state: mill.state, clock: mill.clock)
      .restore(from: folder, force: false)
    #expect(outcome.marker == marker)
    let report = Doctor(state: mill.state, mesh: mill.checked.mesh, clock: mill.clock).report()
    #expect(report.isHealthy, "\(report.findings)")
    let reader = try StateReader(opening: mill.state)
    let there = try reader.partitions(of: DatasetName(domain: "d", name: "things")).filter(\.isCovered)
    #expect(there.count >= 20)
    #expect(there.count <= copied)
    #expect(marker.sequence < Int64(6 * mill.made + 1), "nothing was written during the backup")
    #expect(outcome.unfinishedRuns <= 1)
  }

  @Test func `what the stores' copies have beyond the record's is forgotten and missing`() throws {
    let mill = try Mill()
    for _ in 0..<3 { try mill.makeOne() }
    var backup = mill.backup()
    backup.between = { path in if path == "heddle.db" { try? mill.makeOne() } }
    let folder = mill.project.folder.file("backup")
    _ = try backup.take(into: folder)
    mill.start()
    mill.stop()
    _ = try Restoration(project: mill.checked, state: mill.state, clock: mill.clock)
      .restore(from: folder, force: false)
    let store = try Connection(path: mill.state.stores + "/d.db", mode: .readOnly)
    #expect(try store.integer(of: "SELECT count(*) FROM things") == 4)
    #expect(try store.integer(of: "SELECT count(*) FROM _heddle_commits") == 3)
  }

  @Test func `nobody restores what somebody owns`() throws {
    let mill = try Mill()
    try mill.makeOne()
    let folder = mill.project.folder.file("backup")
    _ = try mill.backup().take(into: folder)
    let restoration = Restoration(project: mill.checked, state: mill.state, clock: mill.clock)
    #expect { try restoration.restore(from: folder, force: true) } throws: {
      ($0 as? SessionError)?.kind == .conflict
    }
    try mill.makeOne()
  }
}
