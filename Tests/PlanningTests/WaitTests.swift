import Basics
import Diagnostics
import MeshModel
import Planning
import Testing

@Suite struct WaitTests {
  static let text = LocatedText(text: "1", position: PlanningWorld.nowhere, laterLinesColumn: 1)
  static let notYet = ProbeAnswer.notYet(Reason("file", "'x' is not there"))

  /// `wait` and `work` after it, and what else a task has.
  static func pipeline(
    _ condition: WaitTask.Condition = .sql(text), change: (inout TaskDeclaration) -> Void = { _ in }
  ) -> Pipeline {
    var pipeline = Pipeline.sketch("d/p", ["wait", "work <- wait"])
    pipeline.tasks[0].kind = .wait(WaitTask(condition: condition))
    change(&pipeline.tasks[0])
    return pipeline
  }

  static func deferrals(_ world: PlanningWorld) -> [Deferral] {
    world.changes.compactMap {
      if case .attemptDeferred(_, _, let deferral, _) = $0 { deferral } else { nil }
    }
  }

  @Test func `what waits holds no worker and no slot`() {
    var pipeline = Pipeline.sketch("d/p", ["a", "b", "c", "work"])
    for place in 0..<3 { pipeline.tasks[place].kind = .wait(WaitTask(condition: .sql(Self.text))) }
    var world = PlanningWorld([pipeline], workers: 1) { $0[0].slots = 1 }
    world.run("d/p")
    #expect(["a", "b", "c"].allSatisfy { world.state($0) == .deferred })
    #expect(world.running == ["work"])
    #expect(world.scheduler.liveAttempts == 1)
    #expect(world.watch.violations.isEmpty)
  }

  @Test func `a thousand looks that find the same make one change`() {
    var world = PlanningWorld([Self.pipeline()])
    world.run("d/p")
    world.probe(Self.notYet)
    let count = world.changes.count
    for _ in 0..<1000 {
      world.pass(.seconds(30))
      world.probe(Self.notYet)
    }
    #expect(world.changes.count == count)
    #expect(world.looks == 1001)
    world.pass(.seconds(30))
    world.probe(.met)
    #expect(world.running == ["work"])
  }

  @Test func `nobody looks again before the time between two looks is over`() {
    var world = PlanningWorld([
      Self.pipeline { $0.kind = .wait(WaitTask(condition: .sql(Self.text), poll: .seconds(7))) }
    ])
    world.run("d/p")
    world.probe(Self.notYet)
    world.pass(.milliseconds(6999))
    #expect(world.probes.isEmpty)
    world.pass(.milliseconds(1))
    #expect(world.probes.count == 1)
  }

  @Test func `every wait has a timeout: its own, else the deadline, else seven days`() {
    var own = Self.pipeline { $0.timeout = .seconds(60) }
    var world = PlanningWorld([own])
    world.run("d/p")
    #expect(Self.deferrals(world).map { $0.until - world.now } == [.seconds(60)])
    own.tasks[0].timeout = nil
    world = PlanningWorld([own])
    world.run("d/p")
    #expect(Self.deferrals(world).map { $0.until - world.now } == [.seconds(7 * 86_400)])
    own.deadline = .seconds(7200)
    world = PlanningWorld([own])
    world.run("d/p")
    #expect(Self.deferrals(world).map { $0.until - world.now } == [.seconds(7200)])
  }

  @Test(arguments: [(OnTimeout.fail, InstanceState.failed), (.skip, .skipped)])
  func `what has waited too long fails or is skipped, and is not tried again`(
    rule: OnTimeout, state: InstanceState
  ) {
    var world = PlanningWorld([
      Self.pipeline {
        $0.timeout = .seconds(60)
        $0.onTimeout = rule
        $0.retry.attempts = 3
      }
    ])
    world.run("d/p")
    world.probe(Self.notYet)
    world.pass(.seconds(60))
    #expect(world.state("wait") == state)
    #expect(world.reason("wait") == "timed_out")
    #expect(world.state("work") == (rule == .skip ? .skipped : .upstreamFailed))
    #expect(world.scheduler.isIdle)
    #expect(world.scheduler.nextDeadline == nil, "nothing is left to be timed")
  }

  @Test func `a wait that failed is tried again as its policy says`() {
    var world = PlanningWorld([
      Self.pipeline {
        $0.retry.attempts = 2
        $0.retry.delay = .seconds(10)
      }
    ])
    world.run("d/p")
    world.probe(.failed(.failed()))
    #expect(world.state("wait") == .retrying)
    world.pass(.seconds(10))
    #expect(world.state("wait") == .deferred)
    world.probe(.failed(.failed()))
    #expect(world.state("wait") == .failed)
    #expect(world.watch.violations.isEmpty)
  }

  @Test func `a new owner goes on waiting with the time that is left`() {
    var world = PlanningWorld([Self.pipeline { $0.timeout = .seconds(100) }])
    world.run("d/p")
    world.probe(Self.notYet)
    world.pass(.seconds(60))
    world.restart()
    #expect(world.state("wait") == .deferred)
    #expect(world.probes.count == 1, "it is looked for at once")
    world.pass(.seconds(39))
    #expect(world.state("wait") == .deferred)
    world.pass(.seconds(1))
    #expect(world.state("wait") == .failed)
    #expect(Self.deferrals(world).count == 1)
  }

  @Test func `a cancel ends what waits at once`() {
    var world = PlanningWorld([Self.pipeline()])
    world.run("d/p")
    world.send(.cancel(1))
    #expect(world.runState() == .cancelled)
    world.probe(.met)
    #expect(world.watch.violations.isEmpty)
  }

  @Test func `nothing begins to wait while its pipeline is paused`() {
    var world = PlanningWorld(
      [Pipeline.sketch("d/p", ["a", "wait <- a"])].map { pipeline in
        var pipeline = pipeline
        pipeline.tasks[1].kind = .wait(WaitTask(condition: .sql(Self.text)))
        return pipeline
      })
    world.run("d/p")
    let name = PipelineName(domain: "d", name: "p")
    world.send(.pause(.pipeline(name)))
    world.end("a")
    #expect(world.state("wait") == .queued)
    world.send(.resume(.pipeline(name)))
    #expect(world.state("wait") == .deferred)
    #expect(world.watch.violations.isEmpty)
  }

  @Test(arguments: [InstanceState.success, .failed, .skipped])
  func `an operator may say how a wait ends`(state: InstanceState) {
    var world = PlanningWorld([Self.pipeline { $0.retry.attempts = 5 }])
    world.run("d/p")
    let instance = InstanceID(run: 1, task: 0)
    #expect(world.scheduler.mayMark(instance))
    world.send(.markInstance(instance, state, Reason("marked", "by hand")))
    #expect(world.state("wait") == state)
    #expect(world.watch.violations.isEmpty)
  }

  @Test func `instances of a wait wait each for itself`() {
    var world = PlanningWorld([Self.pipeline { $0.each = FanOutTests.each(3, maxActive: 2) }])
    world.run("d/p")
    #expect(world.probes.map(\.context.each) == [.integer(0), .integer(1)])
    world.probe(.met)
    #expect(world.probes.map(\.context.each) == [.integer(1), .integer(2)])
    world.probe(.met)
    world.probe(.met)
    #expect(world.running == ["work"])
  }

  @Test func `fresh data is waited for without looking`() throws {
    let dataset = DatasetName(domain: "d", name: "x")
    var ledger = PartitionLedger()
    ledger.record(dataset, "", .init(version: 1, at: Instant(seconds: 1_356_990_000), run: nil))
    var world = PlanningWorld(
      [Self.pipeline(.fresh(Located(dataset, at: PlanningWorld.nowhere), within: .seconds(3600)))],
      ledger: ledger)
    world.run("d/p")
    #expect(world.state("wait") == .deferred)
    #expect(world.probes.isEmpty)
    world.send(.mark(dataset, nil, isPresent: true, Reason("marked", "by hand")))
    #expect(world.state("wait") == .success)
    world.finish()
    world.run("d/p")
    #expect(world.state("wait", run: 2) == .success, "it is fresh already")
  }

  @Test func `what has nothing to wait for makes room for the next instance at once`() {
    let dataset = DatasetName(domain: "d", name: "x")
    var ledger = PartitionLedger()
    ledger.record(dataset, "", .init(version: 1, at: Instant(seconds: 1_357_000_000), run: nil))
    let condition = WaitTask.Condition.fresh(
      Located(dataset, at: PlanningWorld.nowhere), within: .seconds(3600))
    var world = PlanningWorld(
      [Self.pipeline(condition) { $0.each = FanOutTests.each(3, maxActive: 1) }], ledger: ledger)
    world.run("d/p")
    #expect(world.running == ["work"])
  }
}
