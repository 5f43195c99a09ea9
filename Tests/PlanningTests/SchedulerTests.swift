import Basics
import Diagnostics
import MeshModel
import Planning
import Testing

@Suite struct SchedulerTests {
  @Test func `a task starts when its upstreams are done`() {
    var world = PlanningWorld([.sketch("d/p", ["a", "b <- a", "c <- a", "e <- b c"])])
    world.run("d/p")
    #expect(world.running == ["a"])
    world.end("a")
    #expect(Set(world.running) == ["b", "c"])
    world.end("b")
    #expect(world.running == ["c"])
    world.finish()
    #expect(world.runState() == .success)
    #expect(world.watch.violations.isEmpty)
  }

  @Test func `a failure spreads once and fails the run`() {
    var world = PlanningWorld([.sketch("d/p", ["a", "b <- a", "c <- b", "x"])])
    world.run("d/p")
    world.end("a", .failed())
    #expect(world.state("b") == .upstreamFailed)
    #expect(world.state("c") == .upstreamFailed)
    #expect(world.runState() == .running)
    world.end("x")
    #expect(world.runState() == .failed)
    #expect(world.watch.violations.isEmpty)
  }

  @Test func `an allowed failure fails nobody`() {
    var world = PlanningWorld([
      .sketch("d/p", ["a", "b <- a"]) { if $0.name == "a" { $0.allowFailure = true } }
    ])
    world.run("d/p")
    world.end("a", .failed())
    world.finish()
    #expect(world.state("b") == .success)
    #expect(world.runState() == .success)
  }

  @Test func `a retry waits for its delay and holds no slot`() {
    var world = PlanningWorld(
      [
        .sketch("d/p", ["a", "b"]) {
          $0.retry.attempts = 2
          $0.retry.delay = .seconds(30)
        }
      ], workers: 1)
    world.run("d/p")
    world.end("a", .failed())
    #expect(world.state("a") == .retrying)
    #expect(world.running == ["b"])
    world.pass(.milliseconds(29_999))
    #expect(world.state("a") == .retrying)
    world.end("b")
    #expect(world.running.isEmpty)
    world.pass(.milliseconds(1))
    #expect(world.running == ["a"])
    world.end("a", .failed())
    #expect(world.state("a") == .failed)
    #expect(world.watch.violations.isEmpty)
  }

  @Test(
    arguments: [
      (nil, 1, true), (nil, 75, true), ([75, 3], 3, true), ([3], 75, true), ([3], 1, false),
    ] as [([Int]?, Int, Bool)]) func `only the listed codes and 75 are tried again`(
      codes: [Int]?, code: Int, isRetried: Bool
    )
  {
    var world = PlanningWorld([
      .sketch("d/p", ["a"]) {
        $0.retry.attempts = 2
        $0.retry.onExit = codes
      }
    ])
    world.run("d/p")
    world.end("a", .failed(code))
    #expect((world.state("a") == .retrying) == isRetried)
  }

  @Test func `a permanent failure is final once`() {
    var world = PlanningWorld([.sketch("d/p", ["a"]) { $0.retry.attempts = 5 }])
    world.run("d/p")
    var outcome = AttemptOutcome.failed()
    outcome.isPermanent = true
    world.end("a", outcome)
    #expect(world.runState() == .failed)
  }

  @Test func `lost attempts count apart`() {
    var world = PlanningWorld([
      .sketch("d/p", ["a"]) {
        $0.retry.attempts = 1
        $0.retry.lost = 2
        $0.retry.delay = .zero
      }
    ])
    world.run("d/p")
    for _ in 0..<2 {
      world.end("a", .lost)
      world.pass(.milliseconds(1))
      #expect(world.running == ["a"])
    }
    world.end("a", .lost)
    #expect(world.state("a") == .failed)
    #expect(world.watch.violations.isEmpty)
  }

  @Test func `exit 99 skips, and a skip spreads`() {
    var world = PlanningWorld([.sketch("d/p", ["a", "b <- a"])])
    world.run("d/p")
    world.end("a", .skipped)
    #expect(world.state("a") == .skipped)
    #expect(world.state("b") == .skipped)
    #expect(world.runState() == .success)
  }

  @Test func `a timeout stops the attempt and counts as a try`() {
    var world = PlanningWorld([.sketch("d/p", ["a"]) { $0.timeout = .seconds(5) }])
    world.run("d/p")
    #expect(world.scheduler.nextDeadline == world.now + .seconds(5))
    world.pass(.seconds(5))
    #expect(world.stops.count == 1)
    world.end("a", .failed(143))
    #expect(world.state("a") == .failed)
    #expect(world.runState() == .failed)
    guard case .attemptEnded(_, let outcome, _, _, _)? = world.changes.last(where: { $0.isAttemptEnd }) else {
      Issue.record("no end was recorded")
      return
    }
    #expect(outcome.state == .timedOut)
  }

  @Test func `double and foreign reports change nothing`() {
    var world = PlanningWorld([.sketch("d/p", ["a", "b <- a"])])
    world.run("d/p")
    guard let order = world.live.first else { return }
    world.end(order)
    world.send(.report(.ended(order.id, .failed())))
    world.send(.report(.ended(AttemptID(instance: InstanceID(run: 99, task: 0), number: 1), .failed())))
    world.send(
      .report(.ended(AttemptID(instance: InstanceID(run: 1, task: 7, index: 3), number: 1), .failed())))
    world.finish()
    #expect(world.runState() == .success)
    #expect(world.watch.violations.isEmpty)
  }

  @Test func `a cancel starts nothing but teardown, a second one ends that too`() {
    var world = PlanningWorld([
      .sketch("d/p", ["a", "b <- a", "clean <- b"]) { if $0.name == "clean" { $0.teardown = true } }
    ])
    world.run("d/p")
    world.send(.cancel(1))
    #expect(world.stops.count == 1)
    #expect(world.state("b") == .cancelled)
    world.end("a", .failed(143))
    #expect(world.state("a") == .cancelled)
    #expect(world.running == ["clean"])
    world.send(.cancel(1))
    #expect(world.stops.count == 2)
    world.end("clean", .failed(143))
    #expect(world.runState() == .cancelled)
    #expect(world.watch.violations.isEmpty)
  }

  @Test func `a second cancel does not wait for the grace of the first`() {
    var world = PlanningWorld([.sketch("d/p", ["a"])])
    world.run("d/p")
    world.send(.cancelAll)
    #expect(world.graces == [.seconds(10)])
    world.send(.cancelAll)
    #expect(world.graces == [.seconds(10), .zero])
    #expect(world.stops[0] == world.stops[1])
    world.end("a", .failed(137))
    #expect(world.runState() == .cancelled)
    #expect(world.watch.violations.isEmpty)
  }

  @Test func `cancelling a queued run ends it at once`() {
    var world = PlanningWorld([.sketch("d/p", ["a"])])
    world.run("d/p")
    world.run("d/p")
    #expect(world.runState(2) == .queued)
    world.send(.cancel(2))
    #expect(world.runState(2) == .cancelled)
    world.finish()
    #expect(world.runState(1) == .success)
  }

  @Test func `teardown runs whatever happened and its failure fails the run`() {
    var world = PlanningWorld([
      .sketch("d/p", ["a", "clean <- a"]) { if $0.name == "clean" { $0.teardown = true } }
    ])
    world.run("d/p")
    world.end("a", .failed())
    #expect(world.running == ["clean"])
    world.end("clean", .failed())
    #expect(world.runState() == .failed)
  }

  @Test func `a condition that does not hold skips, one that cannot be evaluated fails`() {
    let text = LocatedText(text: "0", position: PlanningWorld.nowhere, laterLinesColumn: 1)
    for (answer, state) in [
      (EvaluationAnswer.condition(false), InstanceState.skipped), (.condition(true), .running),
      (.failed(Reason("sql", "no")), .failed),
    ] {
      var world = PlanningWorld([.sketch("d/p", ["a"]) { $0.when = text }])
      world.run("d/p")
      #expect(world.running.isEmpty)
      world.answer(answer)
      #expect(world.state("a") == state)
      #expect(world.watch.violations.isEmpty)
    }
  }

  @Test func `the result does not depend on max_active_runs`() {
    var world = PlanningWorld([.sketch("d/p", ["a", "b <- a"])])
    for _ in 0..<5 { world.run("d/p") }
    #expect(world.running == ["a"])
    world.finish()
    #expect((1...5).allSatisfy { world.runState(RunID($0)) == .success })
    #expect(world.watch.violations.isEmpty)
  }

  @Test func `tasks left out of a run hold nobody up`() {
    var world = PlanningWorld([.sketch("d/p", ["a", "b <- a", "c <- b"])])
    world.run("d/p", tasks: [2])
    #expect(world.running == ["c"])
    world.finish()
    #expect(world.runState() == .success)
  }

  @Test func `how far runs have come is told by what they have at work`() throws {
    var pipeline = Pipeline.sketch("d/p", ["a"])
    pipeline.maxActiveRuns = 2
    var world = PlanningWorld([pipeline], workers: 1)
    for _ in 0..<3 { world.run("d/p") }
    let progress = world.scheduler.progress(of: world.scheduler.unfinishedRuns)
    #expect(progress == (unbegun: 1, waiting: 1, working: 1))
  }
}

extension Change {
  var isAttemptEnd: Bool { if case .attemptEnded = self { true } else { false } }
}
