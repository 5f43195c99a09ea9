import Basics
import Lineage
import MeshModel
import Planning
import Records
import TestKit
import Testing

@testable import Orchestration

/// Forecasts from a record whose durations are known.
@Suite struct ForecastTests {
  let folder: TemporaryFolder
  let state: StateDirectory
  let clock = ManualClock()

  init() throws {
    folder = try TemporaryFolder()
    state = StateDirectory(root: folder.file("state"))
    try folder.write("pools: {narrow: 1}\n", to: "dags/mesh.yaml")
    try folder.write("domain: d\nowner: team\n", to: "dags/d/domain.yaml")
    try folder.write("domain: e\nowner: team\n", to: "dags/e/domain.yaml")
    try folder.write(
      "pipeline: p\nmax_active_runs: 2\ntasks:\n  a: {run: 'true'}\n  b: {run: 'true', after: [a]}\n",
      to: "dags/d/p.yaml")
    try folder.write(
      """
      pipeline: q
      partition: daily
      schedule: {cron: "0 6 * * *", start: 2013-01-02}
      deadline: 6h
      tasks:
        c: {run: "true", pool: narrow}
        e: {run: "true", pool: narrow}
      """, to: "dags/e/q.yaml")
    clock.setWall(to: Self.noon)
    try Owner(project: project, state: state, clock: clock).close()
  }

  static let noon = Instant(seconds: 1_357_128_000)  // 2013-01-02 12:00:00Z
  var project: CheckedProject { CheckedProject(loading: folder.path) }

  /// Runs of 'd/p' or another that took so long, the tasks one after the other.
  func record(_ pipeline: String, from first: RunID = 1, release: ReleaseID = 1, seconds: [[Int]]) throws {
    let owner = try StateOwner(opening: state, clock: clock)
    for (number, run) in seconds.enumerated() {
      let id = first + RunID(number)
      let name = try #require(PipelineName(pipeline))
      var changes: [Change] = [
        .runCreated(
          RunRecord(
            id: id, pipeline: name, partition: nil, cause: .manual, release: release, createdAt: Self.noon)),
        .runStarted(id, at: Self.noon),
      ]
      for (task, seconds) in run.enumerated() {
        let attempt = AttemptID(instance: InstanceID(run: id, task: task), number: 1)
        changes += [
          .attemptStarted(attempt, AttemptKey(state: "s", attempt: attempt), inputs: [], at: Self.noon),
          .attemptEnded(
            attempt, AttemptOutcome(state: .success), instance: .success, retryAt: nil,
            at: Self.noon + .seconds(seconds)),
        ]
      }
      changes.append(.runFinished(id, .success, nil, at: Self.noon + .seconds(100)))
      try owner.writer.commit(changes)
    }
  }

  func forecast(
    hours: Int = 24, deploying changed: CheckedProject? = nil, workers: Int = 4,
    most: ForecastBounds = ForecastBounds(attempts: 1000)
  ) throws -> Forecast {
    let reader = try StateReader(opening: state, clock: clock)
    return try Forecaster(project: project, state: state, reader: reader, clock: clock, workers: workers)
      .forecast(.seconds(hours * 3600), deploying: changed, most: most)
  }

  /// Leaves a run of 'd/p' whose first task began so long ago.
  func leaveRunning(_ id: RunID, since seconds: Int) throws {
    let began = clock.now - .seconds(seconds)
    let attempt = AttemptID(instance: InstanceID(run: id, task: 0), number: 1)
    let owner = try StateOwner(opening: state, clock: clock)
    try owner.writer.commit([
      .runCreated(
        RunRecord(
          id: id, pipeline: PipelineName(domain: "d", name: "p"), partition: nil, cause: .manual, release: 1,
          createdAt: began)), .runStarted(id, at: began),
      .attemptStarted(attempt, AttemptKey(state: "s", attempt: attempt), inputs: [], at: began),
    ])
  }

  @Test func `a task takes the median of its successes, counted from its beginning`() throws {
    try record("d/p", seconds: [[10, 7], [90, 7], [30, 7]])
    try leaveRunning(4, since: 20)
    let run = try #require(try forecast().runs.first { $0.id == 4 })
    #expect(run.isRunning && !run.isForeseen && run.doubts.isEmpty)
    #expect(run.attempts.map(\.task) == ["a", "b"])
    #expect(run.attempts.map(\.endsAt) == [clock.now + .seconds(10), clock.now + .seconds(17)])
    #expect(run.endsAt == clock.now + .seconds(17) && run.state == .success)
  }

  @Test func `what runs for longer than it does as a rule ends now, and that is uncertain`() throws {
    try record("d/p", seconds: [[10, 7]])
    try leaveRunning(2, since: 60)
    let run = try #require(try forecast().runs.first { $0.id == 2 })
    #expect(run.attempts.first?.endsAt == clock.now)
    #expect(run.doubts == ["'a' has run for longer than it does as a rule: it is taken to end now"])
  }

  @Test func `what never succeeded takes what is usual, and says so`() throws {
    let unknown = try #require(try forecast().runs.first)
    #expect(unknown.doubts == ["nothing has ever succeeded: a minute is taken for each task"])
    #expect(unknown.attempts.first?.endsAt.map { $0 - unknown.attempts[0].startsAt } == .seconds(60))
    try record("d/p", seconds: [[10, 20]])
    let usual = try #require(try forecast().runs.first { $0.pipeline.name == "q" })
    #expect(
      usual.doubts.first == "'c' has not succeeded lately: what is usual in the mesh is taken, 20s")
  }

  @Test func `what waits for a slot says for how long and for what`() throws {
    try record("d/p", seconds: [[20, 20]])
    let run = try #require(try forecast().runs.first { $0.pipeline.name == "q" })
    #expect(run.attempts.map(\.task) == ["c", "e"])
    let wait = try #require(run.attempts.last?.wait)
    #expect(wait.reason.code == "pool_full" && wait.until.map { $0 - wait.from } == .seconds(20))
  }

  @Test func `a run that is over too late misses its deadline`() throws {
    let runs = try forecast(hours: 20).runs.filter { $0.pipeline.name == "q" }
    #expect(runs.map { $0.partition?.key } == ["2013-01-02"])
    // Due at six, for a deadline of six hours after midnight, with two minutes to go in a pool of one.
    #expect(runs.first?.deadline == Instant(seconds: 1_357_192_800))
    #expect(runs.map(\.missesDeadline) == [true])
  }

  @Test func `a forecast writes nothing, and is the same each time`() throws {
    try record("d/p", seconds: [[10, 20]])
    try leaveRunning(2, since: 1)
    let before = try StateReader(opening: state).lastSequence()
    func text() throws -> String {
      String(decoding: JSONWriter.document("forecast") { (try? forecast())?.write(to: &$0) }, as: UTF8.self)
    }
    #expect(try text() == text())
    #expect(try StateReader(opening: state).lastSequence() == before)
  }

  @Test func `changed declarations are foreseen without being deployed`() throws {
    try record("d/p", seconds: [[10, 20]])
    let other = try TemporaryFolder()
    try other.write("domain: d\nowner: team\n", to: "dags/d/domain.yaml")
    try other.write(
      "pipeline: r\nschedule: {every: 6h}\ntasks:\n  a: {run: 'true'}\n", to: "dags/d/r.yaml")
    let changed = try forecast(deploying: CheckedProject(loading: other.path))
    #expect(Set(changed.runs.map(\.pipeline.name)) == ["r"])
    #expect(changed.runs.count == 4)
    #expect(Set(try forecast().runs.map(\.pipeline.name)) == ["q"])
  }

  /// A backfill of so many days of a pipeline of 'e', made by this process or by a daemon.
  func estimate(
    of pipeline: String = "q", days: Int, maxActive: Int? = nil, workers: Int = 4,
    firesSchedules: Bool = false, most: ForecastBounds = ForecastBounds(attempts: 1000)
  ) throws -> PlanEstimate {
    let reader = try StateReader(opening: state, clock: clock)
    let view = try PlanningView(project: project, reader: reader, clock: clock)
    let graph = project.graph
    let nodes = graph.nodes.indices.filter { graph.nodes[$0].name.pipeline.name == pipeline }
    var request = BackfillRequest(
      selection: Set(nodes), range: ("2013-01-02", "2013-01-0\(1 + days)"), mode: .all)
    request.backwards = true
    let order = try view.order(try view.plan(request), words: "", params: [:], maxActive: maxActive)
    return try Forecaster(project: project, state: state, reader: reader, clock: clock, workers: workers)
      .estimate(order, firesSchedules: firesSchedules, most: most)
  }

  @Test func `a plan takes as long as its tasks in the slots that there are`() throws {
    try record("e/q", seconds: [[30, 10]])
    // One run at a time, and one slot for its two tasks.
    let alone = try estimate(days: 3)
    #expect(alone.takes == .seconds(3 * 40) && !alone.isCut && alone.doubts.isEmpty && alone.workers == 4)
    let cut = try estimate(days: 3, most: ForecastBounds(attempts: 2))
    #expect(cut.isCut && cut.takes < alone.takes)
  }

  @Test func `a plan of what never ran is a guess`() throws {
    #expect(
      try estimate(days: 1).doubts == ["nothing has ever succeeded: a minute is taken for each task"])
  }

  /// 'e/q' is due at six and has until seven; each day of 'e/s' keeps the same pool's slot for eight hours.
  @Test(arguments: [1, 4])
  func `a plan names the runs that would be late for it, and the pools that it fills`(days: Int) throws {
    try folder.write(
      try folder.text("dags/e/q.yaml").replacing("deadline: 6h", with: "deadline: 7h"), to: "dags/e/q.yaml")
    try folder.write(
      "pipeline: s\npartition: daily\nmax_active_runs: 9\ntasks:\n  f: {run: 'true', pool: narrow}\n",
      to: "dags/e/s.yaml")
    try Owner(project: project, state: state, clock: clock).close()
    try record("e/q", seconds: [[30, 10]])
    try record("e/s", from: 2, release: 2, seconds: [[8 * 3600]])
    let estimate = try estimate(of: "s", days: days, firesSchedules: true)
    guard days > 1 else {
      #expect(estimate.warnings().isEmpty)
      return
    }
    #expect(
      estimate.warnings() == [
        "'e/q@2013-01-02' would miss its deadline of 2013-01-03 07:00:00 UTC",
        "pool 'narrow' is full: 3 tasks wait for a slot of it",
      ])
  }

  @Test func `what data makes of days long past is late for no plan`() throws {
    try folder.write(
      "pipeline: s\npartition: daily\ntasks:\n  f: {run: 'true', writes: e.x}\n", to: "dags/e/s.yaml")
    try folder.write(
      "pipeline: t\npartition: daily\nschedule: {on: inputs}\ndeadline: 6h\n"
        + "tasks:\n  g: {run: 'true', reads: e.x}\n", to: "dags/d/t.yaml")
    clock.setWall(to: Self.noon + .seconds(30 * 86_400))
    try Owner(project: project, state: state, clock: clock).close()
    #expect(try estimate(of: "s", days: 7, firesSchedules: true).warnings().isEmpty)
  }

  @Test func `a plan names the live runs that it meets`() throws {
    try leaveRunning(1, since: 5)
    let reader = try StateReader(opening: state, clock: clock)
    let view = try PlanningView(project: project, reader: reader, clock: clock)
    let nodes = Set(project.graph.nodes.indices)
    let plan = try view.plan(BackfillRequest(selection: nodes, range: ("2013-01-02", "2013-01-02")))
    let conflicts = try view.conflicts(plan)
    #expect(conflicts.map(\.text) == ["run 1 makes 'd/p' already and is running, so the plan leaves it out"])
    #expect(plan.items.map(\.pipeline.name) == ["q"])
  }

  @Test func `a forecast that would be too long is cut, and says where`() throws {
    let whole = try forecast(hours: 8784, most: ForecastBounds(attempts: 50))
    #expect(whole.isCut && whole.until < clock.now + .seconds(8784 * 3600))
    #expect(whole.runs.flatMap(\.attempts).count >= 50)
  }

  @Test(arguments: [ForecastBounds(turns: 3), ForecastBounds(time: .zero)])
  func `a forecast that takes too many turns or too much time is cut`(most: ForecastBounds) throws {
    let cut = try forecast(hours: 8784, most: most)
    #expect(cut.isCut && cut.until < clock.now + .seconds(8784 * 3600))
  }

  @Test func `a state that was never used is foreseen too`() throws {
    let forecast = try Forecaster(
      project: project, state: state, reader: nil, clock: clock, workers: 1
    ).forecast(.seconds(86_400))
    #expect(forecast.runs.map(\.pipeline.name) == ["q"])
  }
}
