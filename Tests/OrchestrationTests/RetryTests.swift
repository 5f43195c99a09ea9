import Basics
import MeshModel
import Planning
import Records
import TestKit
import Testing

@testable import Orchestration

/// Retries of a run whose second task of four fails: `a`, then `b`, then `c`; `d` apart.
@Suite struct RetryTests {
  let folder: TemporaryFolder
  let state: StateDirectory

  init() throws {
    folder = try TemporaryFolder()
    state = StateDirectory(root: folder.file("state"))
    _ = try folder.write("domain: d\nowner: team\n", to: "dags/d/domain.yaml")
    try declare(b: "SELECT json('broken')")
  }

  /// Declares the pipeline with another second task.
  func declare(b: String) throws {
    _ = try folder.write(
      """
      pipeline: p
      params: {size: {type: integer, default: 7}}
      tasks:
        a: {sql: "SELECT 1 AS n", into: d.a, mode: replace}
        b: {sql: "\(b)", after: [a]}
        c: {sql: "SELECT 3", after: [b]}
        d: {sql: "SELECT 4"}
      """, to: "dags/d/p.yaml")
  }

  func owner() throws -> Owner {
    try Owner(project: CheckedProject(loading: folder.path), state: state, clock: SystemClock())
  }

  func failedOnce(_ owner: Owner) throws {
    let pipeline = PipelineName(domain: "d", name: "p")
    let runs = try owner.planning().runs(of: pipeline, params: ["size": "9"])
    #expect(try owner.execute(.runs(runs), workers: 2).runs.map(\.state) == [.failed])
  }

  @Test(arguments: [
    (RetryWish.Scope.failed, [1, 2], [0, 3]), (.from(task: "c"), [1, 2], [0, 3]),
    (.from(task: "a"), [0, 1, 2], [3]), (.all, [0, 1, 2, 3], []),
  ])
  func `a retry does what is asked and what comes after it, and keeps the rest`(
    scope: RetryWish.Scope, tasks: [Int], kept: [Int]
  ) throws {
    let owner = try owner()
    try failedOnce(owner)
    guard case .runs(let requests, let releases) = try owner.retries(RetryWish(runs: [1], scope: scope))
    else {
      Issue.record("it makes no runs")
      return
    }
    #expect(requests.map(\.tasks) == [tasks])
    #expect(requests.map(\.kept) == [kept])
    #expect(requests.map(\.params) == [["size": .integer(9)]])
    #expect(requests.map(\.retryOf) == [1])
    #expect(releases.isEmpty)
  }

  @Test func `a retry uses the files of its run, or those of now`() throws {
    do { try failedOnce(try owner()) }
    try declare(b: "SELECT 2")
    let owner = try owner()
    let again = try owner.execute(try owner.retries(RetryWish(runs: [1], files: .kept)), workers: 2)
    #expect(again.runs.map(\.state) == [.failed])
    let mended = try owner.execute(try owner.retries(RetryWish(runs: [1], files: .latest)), workers: 2)
    #expect(mended.runs.map(\.state) == [.success])
    let reader = try StateReader(opening: state)
    #expect(try (1...3).map { try reader.run($0)?.release } == [1, 1, 2])
    #expect(try reader.run(1)?.state == .failed)
    #expect(try reader.differencesFromFold() == [])
  }

  @Test func `the files of many releases are read before the loop is asked, and of too many are not`() throws
  {
    for number in 1...17 {
      try declare(b: "SELECT json('broken \(number)')")
      try failedOnce(try owner())
    }
    let owner = try owner()
    let wish = RetryWish(runs: Array(1...6), files: .kept)
    let found = try owner.kept.load(for: wish.runs)
    #expect(found.keys.sorted() == Array(1...6))
    guard case .runs(let requests, let releases) = try owner.retries(wish, using: found) else {
      Issue.record("a retry makes runs")
      return
    }
    #expect(requests.map(\.release) == Array(1...6))
    #expect(releases.map(\.id) == Array(1...6))
    // What nobody has read is not read by the loop.
    #expect(throws: SessionError.self) { try owner.retries(wish, using: [:]) }
    #expect(throws: SessionError.self) { try owner.kept.load(for: Array(1...17)) }
  }

  @Test func `the groups of whoever decides are looked up before the loop is asked`() throws {
    let owner = try owner()
    let request = ControlRequest.approve(run: 1, task: "a", index: 0, isApproved: true, note: nil)
    let found = try Preparation(for: request, from: Owner.ownAsker, kept: owner.kept)
    #expect(found.approver?.name == Owner.ownAsker.name)
    #expect(found.approver?.groups.isEmpty == false)
    let elsewhere = Asker(name: Owner.ownAsker.name, origin: "127.0.0.1")
    let token = try Preparation(for: request, from: elsewhere, kept: owner.kept)
    #expect(token.approver?.groups == [])
    let other = try Preparation(for: .hello, from: Owner.ownAsker, kept: owner.kept)
    #expect(other.approver == nil)
  }

  @Test func `what is not final, whole or known is not retried`() throws {
    try declare(b: "SELECT 2")
    let owner = try owner()
    let pipeline = PipelineName(domain: "d", name: "p")
    _ = try owner.execute(.runs(try owner.planning().runs(of: pipeline)), workers: 2)
    #expect(throws: SessionError.self) { try owner.retries(RetryWish(runs: [1])) }
    #expect(throws: SessionError.self) { try owner.retries(RetryWish(runs: [1], scope: .from(task: "x"))) }
    #expect(throws: SessionError.self) { try owner.retries(RetryWish(runs: [2])) }
    _ = try owner.answer(.pause(.pipeline(pipeline)))
    _ = try owner.execute(.runs(try owner.planning().runs(of: pipeline)), workers: 2)
    #expect(throws: SessionError.self) { try owner.retries(RetryWish(runs: [2], scope: .all)) }
  }

  @Test func `the files that differ from a run's release are named`() throws {
    try failedOnce(try owner())
    let pipeline = PipelineName(domain: "d", name: "p")
    func changes() -> [String]? {
      CheckedProject(loading: folder.path).changes(of: pipeline, since: 1, in: state)
    }
    #expect(changes() == [])
    _ = try folder.write("pipeline: q\ntasks: {a: {run: x}}\n", to: "dags/d/q.yaml")
    #expect(changes() == [])
    _ = try folder.write("echo\n", to: "dags/d/x.sh")
    try declare(b: "SELECT 2")
    #expect(changes() == ["dags/d/p.yaml", "dags/d/x.sh"])
  }
}
