import Basics
import MeshModel
import TestKit
import Testing

@testable import Records

@Suite struct ReadingTests {
  let state: StateFixture
  private let other = PipelineName(domain: "wf", name: "other")
  private let why = Reason("test", "it is a test")

  init() throws { state = try StateFixture() }

  private func end(_ run: RunID, _ end: RunState) -> Change { .runFinished(run, end, nil, at: state.now) }

  /// Runs 1 to 6: success, failed, success, failed, failed, running; 7 of another pipeline is queued.
  private func history() throws {
    let ends: [RunState] = [.success, .failed, .success, .failed, .failed]
    for (place, outcome) in ends.enumerated() {
      state.clock.advance(by: .seconds(60))
      let run = RunID(place + 1)
      try state.commit(state.live(run, day: Int64(place)) + [end(run, outcome)])
    }
    try state.commit(state.live(6, day: 2) + [.runCreated(state.run(7, day: 2, pipeline: other))])
  }

  private func list(_ filter: RunFilter) throws -> [RunID] { try state.reader().runs(filter).runs.map(\.id) }

  @Test func `runs are listed by what is asked, the latest first`() throws {
    try history()
    let mine = StateFixture.pipeline
    #expect(try list(RunFilter()) == [7, 6, 5, 4, 3, 2, 1])
    #expect(try list(RunFilter(pipelines: [mine])) == [6, 5, 4, 3, 2, 1])
    #expect(try list(RunFilter(pipelines: [mine, other, mine], limit: 3)) == [7, 6, 5])
    #expect(try list(RunFilter(pipelines: [])) == [])
    #expect(try list(RunFilter(states: [.failed])) == [5, 4, 2])
    #expect(try list(RunFilter(pipelines: [mine], states: [.failed, .running])) == [6, 5, 4, 2])
    #expect(try list(RunFilter(partition: state.day(2).key)) == [7, 6, 3])
    #expect(try list(RunFilter(pipelines: [mine], states: [.success], partition: state.day(2).key)) == [3])
    #expect(try list(RunFilter(pipelines: [mine], before: 4, limit: 2)) == [3, 2])
    #expect(try list(RunFilter(limit: .max)).count == 7)
    #expect(try list(RunFilter(limit: 0)) == [7])
  }

  @Test func `pages follow each other without holes`() throws {
    try history()
    for filter in [RunFilter(limit: 2), RunFilter(pipelines: [StateFixture.pipeline, other], limit: 2)] {
      var filter = filter
      var seen: [RunID] = []
      repeat {
        let page = try state.reader().runs(filter)
        seen += page.runs.map(\.id)
        filter.before = page.next
      } while filter.before != nil
      #expect(seen == [7, 6, 5, 4, 3, 2, 1])
    }
  }

  @Test func `a run comes back as it was created`() throws {
    var record = state.run(1, day: 0)
    record.params = ["b": .text("x"), "a": .real(2), "c": .null]
    record.tasks = [0, 2]
    record.cause = .schedule
    try state.commit([.runCreated(record)])
    let run = try #require(try state.reader().run(1))
    #expect(run.params == record.params && run.tasks == [0, 2] && run.cause == .schedule)
    #expect(run.partition == state.day(0) && run.pipeline == record.pipeline && run.release == 1)
    #expect(run.state == .queued && run.createdAt == state.now && run.startedAt == nil)
    #expect(try state.reader().run(2) == nil)
  }

  @Test func `the latest run of a partition is known`() throws {
    try history()
    let reader = try state.reader()
    #expect(try reader.latestRun(of: StateFixture.pipeline, partition: state.day(2).key)?.id == 6)
    #expect(try reader.latestRun(of: StateFixture.pipeline, partition: "2999-01-01") == nil)
    let latest = try reader.latestRuns(of: StateFixture.pipeline)
    #expect(latest.map(\.run) == [1, 2, 6, 4, 5])
    #expect(latest.map(\.state) == [.success, .failed, .running, .failed, .failed])
    #expect(try reader.hasRuns(of: StateFixture.pipeline, before: state.day(1).start))
    #expect(try !reader.hasRuns(of: StateFixture.pipeline, before: state.day(0).start))
  }

  @Test func `a run that goes on counts as later than one that was cancelled`() throws {
    try state.commit([.runCreated(state.run(1, day: 0)), .runCreated(state.run(2, day: 0))])
    try state.commit([.runStarted(1, at: state.now)])
    try state.commit([.runFinished(2, .cancelled, nil, at: state.now)])
    let latest = try state.reader().latestRuns(of: StateFixture.pipeline)
    #expect(latest == [LatestRun(partition: state.day(0).key, run: 1, state: .running)])
    #expect(try state.reader().currentRun(of: StateFixture.pipeline, partition: state.day(0).key)?.id == 1)
    try state.commit([end(1, .success)])
    #expect(try state.reader().currentRun(of: StateFixture.pipeline, partition: state.day(0).key)?.id == 2)
    #expect(try state.reader().currentRun(of: StateFixture.pipeline, partition: "2999-01-01") == nil)
  }

  @Test func `the status of a pipeline says since when it fails`() throws {
    try history()
    let never = PipelineName(domain: "wf", name: "never")
    let status = try state.reader().status(of: [StateFixture.pipeline, other, never], recent: 3)
    #expect(status.map(\.pipeline) == [StateFixture.pipeline, other, never])
    #expect(status[0].recent.map(\.id) == [6, 5, 4])
    #expect(status[0].latest?.state == .running && status[0].lastSuccess?.id == 3)
    #expect(status[0].failures == 2 && status[0].failingSince == state.now - .seconds(60))
    #expect(status[0].running == 1 && status[0].queued == 0)
    #expect(status[1].queued == 1 && status[1].failures == 0 && status[1].failingSince == nil)
    #expect(status[2].latest == nil && status[2].lastSuccess == nil)
  }

  @Test(arguments: [1, 3, 14, 200])
  func `the status of one pipeline, or of many, is what its list of runs says`(recent: Int) throws {
    let names = (0..<12).map { PipelineName(domain: "wf", name: "p\($0)") }
    var chance = SeededGenerator(seed: 5)
    for id in RunID(1)...120 {
      state.clock.advance(by: .seconds(1))
      // Some never run, some fail all the time.
      let place = Int.random(in: 0..<10, using: &chance)
      var changes: [Change] = [.runCreated(state.run(id, pipeline: names[place]))]
      let fates: [RunState] = place == 0 ? [.failed] : [.queued, .running, .success, .failed, .failed]
      let fate = try #require(fates.randomElement(using: &chance))
      if fate != .queued { changes.append(.runStarted(id, at: state.now)) }
      if fate.isFinal { changes.append(end(id, fate)) }
      try state.commit(changes)
    }
    let reader = try state.reader()
    for (name, status) in zip(names, try reader.status(of: names, recent: recent)) {
      let runs = try reader.runs(RunFilter(pipelines: [name], limit: 200)).runs
      let success = runs.first { $0.state == .success }
      let failures = runs.filter { $0.state == .failed && $0.id > success?.id ?? 0 }
      #expect(status.pipeline == name && status.recent == Array(runs.prefix(recent)))
      #expect(status.lastSuccess == success && status.failures == failures.count)
      #expect(status.failingSince == failures.last?.finishedAt)
      #expect(status.queued == runs.count { $0.state == .queued })
      #expect(status.running == runs.count { $0.state == .running })
      let alone = try #require(try reader.status(of: [name], recent: recent).first)
      #expect("\(alone)" == "\(status)")
    }
  }

  @Test func `a run is shown with all its tasks, also those that wait`() throws {
    let first = state.attempt(1, 0)
    let second = state.attempt(1, 0, 2)
    let mapped = state.attempt(1, 1, index: 1)
    var outcome = AttemptOutcome(state: .success)
    outcome.output = "{}"
    try state.commit(
      state.live(1, day: 0)
        + [
          state.started(first), state.ended(first, .failed, .retrying, retryAt: state.now),
          state.started(second),
          .attemptEnded(second, outcome, instance: .success, retryAt: nil, at: state.now),
          .fannedOut(1, task: 1, values: [.text("EWR"), .integer(2)], at: state.now), state.started(mapped),
          .materialized(
            MaterializationRecord(
              id: 1, dataset: StateFixture.dataset, partition: state.day(0), attempt: second, rows: 5,
              inputs: [InputVersion(dataset: StateFixture.dataset, partition: "p", version: 9)], at: state.now
            )),
        ])
    let detail = try #require(try state.reader().runDetail(1))
    #expect(detail.instances.map(\.task) == ["a", "b", "b", "c"])
    #expect(detail.instances.map(\.state) == [.success, .waiting, .running, .waiting])
    #expect(detail.instances.map(\.value) == [nil, .text("EWR"), .integer(2), nil])
    #expect(detail.instances.map { $0.attempts.map(\.id.number) } == [[1, 2], [], [1], []])
    #expect(detail.instances[0].attempts.map(\.output) == [nil, "{}"])
    #expect(detail.instances[0].kind == "run" && detail.instances[3].kind == "load")
    let made = try #require(detail.materializations.first)
    #expect(made.attempt == second && made.rows == 5 && made.inputs.map(\.version) == [9])
    #expect(try state.reader().tallies(of: 1) == [.success: 1, .running: 1])
  }

  @Test func `the tasks of a run that ended before it began are cancelled`() throws {
    try state.commit([.runCreated(state.run(1)), end(1, .cancelled)])
    let detail = try #require(try state.reader().runDetail(1))
    #expect(detail.instances.map(\.state) == [.cancelled, .cancelled, .cancelled])
  }

  @Test func `a run of few tasks shows these`() throws {
    var run = state.run(1)
    run.tasks = [2, 7]
    try state.commit([
      .runCreated(run), .runStarted(1, at: state.now),
      .instanceFinished(InstanceID(run: 1, task: 0), .success, Reason("kept", "it stands"), at: state.now),
    ])
    let detail = try #require(try state.reader().runDetail(1))
    #expect(detail.instances.map(\.task) == ["a", "c"])
  }

  @Test func `partitions of a dataset say what holds now`() throws {
    let table = StateFixture.dataset
    func made(_ id: Int64, day: Int64) -> Change {
      .materialized(
        MaterializationRecord(
          id: id, dataset: table, partition: state.day(day), attempt: state.attempt(1, 0), rows: 1,
          inputs: [],
          at: state.now))
    }
    try state.commit(
      state.live(1) + [
        state.started(state.attempt(1, 0)), made(1, day: 0), made(2, day: 1), made(3, day: 1),
        made(4, day: 2),
        .markedMissing(table, partition: state.day(2).key, why, at: state.now),
        .coveredAsSkipped(table, state.day(3), InstanceID(run: 1, task: 1), number: nil, at: state.now),
        .markedPresent(table, state.day(4), version: 5, why, at: state.now),
        .coveredAsSkipped(table, state.day(1), InstanceID(run: 1, task: 1), number: nil, at: state.now),
      ])
    let reader = try state.reader()
    let all = try reader.partitions(of: table)
    #expect(all.map(\.key) == (0..<5).map { state.day($0).key })
    #expect(all.map(\.standing) == [.made, .skipped, .missing, .skipped, .declared])
    #expect(all.map(\.version) == [1, 3, nil, nil, 5])
    #expect(all.map(\.run) == [1, 1, nil, 1, nil])
    #expect(all.map(\.isCovered) == [true, true, false, true, true])
    #expect(
      try reader.partitions(of: table, from: state.day(1).start, until: state.day(3).start).map(\.version)
        == [3, nil])
    var datasets: [DatasetName] = []
    var published: [(key: String, version: Int64?, run: RunID?)] = []
    try reader.eachPublished {
      datasets.append($0)
    } partition: { key, version, _, run, _ in
      published.append((String(decoding: key, as: UTF8.self), version, run))
    }
    #expect(datasets == [table])
    #expect(published.map(\.key) == [0, 1, 3, 4].map { state.day($0).key })
    #expect(published.map(\.version) == [1, 3, nil, 5])
    #expect(published.map(\.run) == [1, 1, 1, nil])
    #expect(try reader.materializations(of: table, partition: state.day(1).key).map(\.id) == [3, 2])
    #expect(try reader.materializations(of: table, partition: state.day(4).key).map(\.attempt) == [nil])
    #expect(try reader.partition(of: table, key: state.day(2).key)?.reason == why)
  }

  @Test func `what succeeded for a partition is told by task, the latest word counting`() throws {
    let day: Int64 = 3
    func outcome(_ run: RunID, _ task: Int, _ instance: InstanceState, index: Int = 0) -> Change {
      .instanceFinished(InstanceID(run: run, task: task, index: index), instance, why, at: state.now)
    }
    var later = state.run(2, day: day)
    later.tasks = [1]
    try state.commit(
      state.live(1, day: day)
        + [
          outcome(1, 0, .success), outcome(1, 1, .failed), outcome(1, 2, .success),
          outcome(1, 2, .failed, index: 1), end(1, .failed), .runCreated(later),
          .runStarted(2, at: state.now), outcome(2, 1, .success),
        ])
    let reader = try state.reader()
    #expect(
      try reader.succeededTasks(of: StateFixture.pipeline, partition: state.day(day).key) == ["a", "b"])
    #expect(try reader.succeededTasks(of: StateFixture.pipeline, partition: state.day(4).key) == nil)
  }

  @Test func `backfills are listed with the states of their runs`() throws {
    try state.commit([
      .backfillCreated(BackfillRecord(id: 1, request: "all", runs: 2, maxActive: 1, createdAt: state.now)),
      .runCreated(state.run(1, day: 0, backfill: 1)), .runCreated(state.run(2, day: 1, backfill: 1)),
      .runStarted(1, at: state.now),
      .backfillCreated(BackfillRecord(id: 2, request: "none", runs: 0, maxActive: nil, createdAt: state.now)),
      .backfillFinished(2, .success, at: state.now),
    ])
    let reader = try state.reader()
    #expect(try reader.backfills().map(\.id) == [2, 1])
    #expect(try reader.backfills(before: 2).map(\.request) == ["all"])
    let first = try #require(try reader.backfill(1))
    #expect(first.runs == [.queued: 1, .running: 1] && first.planned == 2 && first.maxActive == 1)
    #expect(try reader.backfill(3) == nil)
    #expect(try list(RunFilter(backfill: 1)) == [2, 1])
    #expect(try list(RunFilter(states: [.queued], backfill: 1)) == [2])
  }

  @Test func `the last release is known by its digest`() throws {
    try state.commit([.releaseTaken(state.release(2))])
    let last = try #require(try state.reader().lastRelease())
    #expect(last.id == 2 && last.digest == "d2")
    let tasks = try state.reader().tasks(of: StateFixture.pipeline, release: 2)
    #expect(tasks.map(\.name) == ["a", "b", "c"])
  }

  @Test func `the list of a pipeline's runs is read from indexes alone`() throws {
    for sql in [
      "SELECT id FROM runs WHERE id < ? AND pipeline = ? AND state = ? ORDER BY id DESC LIMIT ?",
      "SELECT id FROM runs WHERE id < ? AND state = ? ORDER BY id DESC LIMIT ?",
    ] {
      let plan = try state.rows("EXPLAIN QUERY PLAN \(sql)").joined(separator: " ")
      #expect(plan.contains("COVERING INDEX") && !plan.contains("TEMP B-TREE"), "\(plan)")
    }
  }
}
