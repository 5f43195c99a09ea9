import Basics
import Diagnostics
import MeshModel
import Planning
import Testing

@Suite struct TriggerTests {
  /// `d/p` triggers `d/q` and then works.
  static func world(waits: Bool = true, retry: Int = 1, timeout: Duration? = nil) -> PlanningWorld {
    var pipeline = Pipeline.sketch("d/p", ["call", "work <- call"])
    pipeline.tasks[0].kind = .trigger(
      TriggerTask(
        pipeline: Located(PipelineName(domain: "d", name: "q"), at: PlanningWorld.nowhere), waits: waits))
    pipeline.tasks[0].retry.attempts = retry
    pipeline.tasks[0].timeout = timeout
    var target = Pipeline.sketch("d/q", ["make"])
    for place in target.tasks.indices { target.tasks[place].retry.attempts = 1 }
    pipeline.grain = .daily
    target.grain = .daily
    return PlanningWorld([pipeline, target])
  }

  static func run(_ world: inout PlanningWorld) {
    let day = Instant(seconds: 1_356_998_400)
    world.run("d/p", partition: .init(key: "2013-01-01", start: day, end: day + .seconds(86_400)))
    world.answer(.condition(true))
  }

  static func children(_ world: PlanningWorld) -> [RunRecord] {
    world.changes.compactMap { change in
      guard case .runCreated(let record) = change, record.trigger != nil else { return nil }
      return record
    }
  }

  @Test func `the run that a task makes is of its own partition, and names who made it`() {
    var world = Self.world()
    Self.run(&world)
    #expect(Self.children(world).map(\.partition?.key) == ["2013-01-01"])
    #expect(
      Self.children(world).first?.trigger == AttemptID(instance: InstanceID(run: 1, task: 0), number: 1))
    #expect(world.state("call") == .deferred)
    #expect(world.scheduler.liveAttempts == 1, "only the child's")
    world.end("make")
    #expect(world.state("call") == .success)
    #expect(world.live.first?.context.upstreamOutputs["call"] == #"{"run":2,"state":"success"}"#)
  }

  @Test func `a task that does not wait has succeeded once the run is made`() {
    var world = Self.world(waits: false)
    Self.run(&world)
    #expect(world.state("call") == .success)
    #expect(Self.children(world).count == 1)
    #expect(Set(world.running) == ["make", "work"])
  }

  @Test func `a failed run fails the task, and a retry makes a new one`() {
    var world = Self.world(retry: 2)
    Self.run(&world)
    world.end("make", .failed())
    #expect(world.state("call") == .retrying)
    world.pass(.seconds(10))
    world.answer(.condition(true))
    #expect(Self.children(world).map(\.trigger?.number) == [1, 2])
    world.end("make")
    #expect(world.state("call") == .success)
    #expect(world.watch.violations.isEmpty)
  }

  @Test func `a retry takes the live run of the partition that it finds`() throws {
    var world = Self.world(retry: 2)
    Self.run(&world)
    world.end("make", .failed())
    let partition = try #require(world.watch.records[1]?.partition)
    world.run("d/q", partition: partition)
    world.pass(.seconds(10))
    world.answer(.condition(true))
    #expect(Self.children(world).count == 1)
    world.end("make")
    #expect(world.state("call") == .success)
    #expect(world.watch.violations.isEmpty)
  }

  @Test func `a cancel takes the run with it that the task made and waits for`() {
    var world = Self.world()
    Self.run(&world)
    world.send(.cancel(1))
    #expect(world.runState(1) == .cancelled)
    #expect(world.stops.map(\.instance.run) == [2])
    world.end("make", .cancelled)
    #expect(world.runState(2) == .cancelled)
    #expect(world.watch.violations.isEmpty)
  }

  @Test func `a run that somebody else made is not cancelled`() throws {
    var world = Self.world(retry: 2)
    Self.run(&world)
    world.end("make", .failed())
    let partition = try #require(world.watch.records[1]?.partition)
    world.run("d/q", partition: partition)
    world.pass(.seconds(10))
    world.answer(.condition(true))
    world.send(.cancel(1))
    #expect(world.runState(1) == .cancelled)
    #expect(world.stops.isEmpty)
  }

  @Test func `a timeout ends the run that the task made`() {
    var world = Self.world(timeout: .seconds(60))
    Self.run(&world)
    world.pass(.seconds(60))
    #expect(world.state("call") == .failed)
    #expect(world.stops.map(\.instance.run) == [2])
  }

  @Test func `an attempt makes one run, however often its answer comes and its owner dies`() {
    var world = Self.world()
    Self.run(&world)
    world.trigger(InstanceID(run: 1, task: 0))
    world.send(
      .trigger(InstanceID(run: 1, task: 0), .runs([RunRequest(pipeline: 1, partition: nil, cause: .trigger)]))
    )
    world.restart()
    world.restart()
    #expect(Self.children(world).count == 1)
    world.end("make")
    #expect(world.state("call") == .success)
    #expect(world.watch.violations.isEmpty)
  }

  @Test func `an owner that dies while the values are computed asks for them again`() {
    var world = Self.world()
    let day = Instant(seconds: 1_356_998_400)
    world.run("d/p", partition: .init(key: "2013-01-01", start: day, end: day + .seconds(86_400)))
    world.restart()
    #expect(Self.children(world).isEmpty)
    world.answer(.condition(true))
    #expect(Self.children(world).count == 1)
  }

  @Test func `a run inherits who asked for the one that triggers it`() {
    var world = Self.world()
    var request = RunRequest(pipeline: 0, partition: nil, cause: .manual)
    request.askedBy = "anna"
    world.send(.run(request))
    world.answer(.condition(true))
    #expect(Self.children(world).map(\.askedBy) == ["anna"])
  }

  @Test func `a record that cannot be read is asked again`() {
    var world = Self.world()
    let day = Instant(seconds: 1_356_998_400)
    world.run("d/p", partition: .init(key: "2013-01-01", start: day, end: day + .seconds(86_400)))
    world.send(.trigger(InstanceID(run: 1, task: 0), .later))
    #expect(Self.children(world).isEmpty)
    world.evaluations = []
    world.pass(.seconds(5))
    #expect(world.evaluations.count == 1)
    world.answer(.condition(true))
    #expect(Self.children(world).count == 1)
  }

  @Test func `what can never be made fails the task`() {
    var world = Self.world()
    let day = Instant(seconds: 1_356_998_400)
    world.run("d/p", partition: .init(key: "2013-01-01", start: day, end: day + .seconds(86_400)))
    world.send(
      .trigger(InstanceID(run: 1, task: 0), .refused(Reason("impossible", "there is no such partition"))))
    #expect(world.state("call") == .failed)
    #expect(world.watch.violations.isEmpty)
  }
}
