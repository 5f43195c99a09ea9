import Basics
import Foundation
import MeshModel
import Planning
import Records
import TestKit
import Testing
import Threads

@testable import Orchestration

/// The owner with a mesh of SQL tasks, as commands see it.
@Suite struct OwnerTests {
  let folder: TemporaryFolder
  let state: StateDirectory
  let clock = SystemClock()

  init() throws {
    folder = try TemporaryFolder()
    state = StateDirectory(root: folder.file("state"))
    _ = try folder.write("domain: d\nowner: team\n", to: "dags/d/domain.yaml")
    _ = try folder.write(
      """
      pipeline: p
      partition: daily
      tasks:
        a: {sql: "SELECT 1 AS n, :partition AS day", into: d.a, mode: partition, partition_by: day}
        b: {sql: "SELECT count(*) AS n, :partition AS day FROM d.a", into: d.b, mode: partition, partition_by: day}
      """, to: "dags/d/p.yaml")
  }

  func owner() throws -> Owner {
    try Owner(project: CheckedProject(loading: folder.path), state: state, clock: clock)
  }

  static let pipeline = PipelineName(domain: "d", name: "p")

  func run(_ owner: Owner, _ day: String) throws -> Owner.Result {
    try owner.execute(.runs(try owner.planning().runs(of: Self.pipeline, partition: day)), workers: 2)
  }

  @Test func `an owner runs, and the next one finds nothing left`() throws {
    let first = try owner()
    #expect(try run(first, "2020-01-01").isSuccess)
    first.close()
    let reader = try StateReader(opening: state)
    #expect(try reader.recoveredState().isClean)
    #expect(try reader.differencesFromFold() == [])
  }

  @Test func `a paused pipeline keeps its runs until it is resumed, over owners`() throws {
    do {
      let owner = try owner()
      #expect(try owner.answer(.pause(.pipeline(Self.pipeline))).isDone)
      #expect(try owner.answer(.pause(.pipeline(Self.pipeline))).isDone)
      let result = try run(owner, "2020-01-01")
      #expect(result.runs.isEmpty)
    }
    do {
      let owner = try owner()
      #expect(owner.recovered == RecoverySummary(runs: 1, attempts: 0))
      #expect(try owner.answer(.resume(.pipeline(Self.pipeline))).isDone)
      let result = try owner.execute(.unfinished, workers: 2)
      #expect(result.runs.map(\.state) == [.success])
    }
  }

  @Test func `an owner that died is known to the next one, and one that let go is not`() throws {
    do { _ = try owner() }
    do {
      let lock = try String(contentsOfFile: state.lock, encoding: .utf8)
      #expect(lock.isEmpty)
    }
    try "1 2\n".write(toFile: state.lock, atomically: false, encoding: .utf8)
    let next = try StateOwner(opening: state, clock: clock)
    #expect(next.followsDeath)
  }

  @Test func `a cancel is in the record when it is answered`() throws {
    let owner = try owner()
    _ = try owner.answer(.pause(.pipeline(Self.pipeline)))
    _ = try run(owner, "2020-01-01")
    #expect(try owner.answer(.cancel(.run(1))).isDone)
    #expect(try StateReader(opening: state).run(1)?.state == .cancelled)
    guard case .refused(.conflict, _, _) = try owner.answer(.cancel(.run(1))) else {
      Issue.record("a final run was cancelled")
      return
    }
    guard case .refused(.notFound, _, _) = try owner.answer(.cancel(.run(7))) else {
      Issue.record("a run that never was is cancelled")
      return
    }
  }

  @Test func `a mark is known to the record and to the next plan`() throws {
    let owner = try owner()
    _ = try run(owner, "2020-01-01")
    let dataset = DatasetName(domain: "d", name: "a")
    #expect(try owner.answer(.mark(dataset: dataset, partition: "2020-01-01", as: .missing)).isDone)
    guard
      case .refused(.notFound, _, _) = try owner.answer(
        .mark(dataset: dataset, partition: "2020-01-01", as: .missing))
    else {
      Issue.record("what is missing was marked missing")
      return
    }
    let day = try owner.planning()
    let plan = try day.plan(
      BackfillRequest(selection: [0, 1], range: (from: "2020-01-01", to: "2020-01-01")))
    #expect(plan.items.map(\.tasks) == [[0]])
    #expect(try StateReader(opening: state).differencesFromFold() == [])
  }

  @Test func `an unfinished run goes on with the files of its release`() throws {
    do {
      let owner = try owner()
      _ = try owner.answer(.pause(.pipeline(Self.pipeline)))
      _ = try run(owner, "2020-01-01")
    }
    // The pipeline is gone from the project; the run is not.
    _ = try folder.write("pipeline: other\ntasks:\n  x: {sql: SELECT 1}\n", to: "dags/d/p.yaml")
    let owner = try owner()
    _ = try owner.answer(.resume(.pipeline(Self.pipeline)))
    let result = try owner.execute(.unfinished, workers: 2)
    #expect(result.runs.map(\.state) == [.success])
    let detail = try StateReader(opening: state).runDetail(1)
    #expect(detail?.instances.map(\.task) == ["a", "b"])
  }

  @Test func `files that did not change make no new release`() throws {
    for _ in 0..<2 { _ = try owner() }
    #expect(try StateReader(opening: state).lastRelease()?.id == 1)
    _ = try folder.write("true", to: "dags/d/script.sh")
    _ = try owner()
    #expect(try StateReader(opening: state).lastRelease()?.id == 2)
  }
}

extension ControlReply {
  fileprivate var isDone: Bool { if case .done = self { true } else { false } }
}
