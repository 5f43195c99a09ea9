import Basics
import Diagnostics
import Lineage
import MeshModel
import Planning
import TestKit
import Testing

/// The laws over random graphs, rules, limits, outcomes, cancels and clocks, each foretold by its seed.
@Suite struct RandomHistoryTests {
  static func pipeline(_ name: String, _ chance: inout SeededGenerator) -> Pipeline {
    let count = Int.random(in: 1...8, using: &chance)
    var pipeline = Pipeline.sketch(name, (0..<count).map { "t\($0)" })
    pipeline.maxActiveRuns = Int.random(in: 1...3, using: &chance)
    pipeline.priority = Int.random(in: 0...2, using: &chance)
    for index in pipeline.tasks.indices {
      for upstream in 0..<index where chance.fraction() < 0.4 {
        pipeline.tasks[index].after.append(Located("t\(upstream)", at: PlanningWorld.nowhere))
      }
      if chance.fraction() < 0.4 {
        pipeline.tasks[index].triggerRule = TriggerRule.allCases.randomElement(using: &chance) ?? .allSuccess
      }
      pipeline.tasks[index].retry.attempts = Int.random(in: 1...3, using: &chance)
      pipeline.tasks[index].retry.lost = Int.random(in: 0...2, using: &chance)
      pipeline.tasks[index].allowFailure = chance.fraction() < 0.1
      pipeline.tasks[index].teardown = chance.fraction() < 0.1
      if chance.fraction() < 0.2 { pipeline.tasks[index].pool = "pool" }
      if chance.fraction() < 0.2 { pipeline.tasks[index].timeout = .seconds(20) }
      if chance.fraction() < 0.15 {
        pipeline.tasks[index].when = LocatedText(
          text: "1", position: PlanningWorld.nowhere, laterLinesColumn: 1)
      }
      if chance.fraction() < 0.25 {
        pipeline.tasks[index].each = FanOutTests.each(
          Int.random(in: 1...4, using: &chance), maxActive: chance.fraction() < 0.5 ? 2 : nil)
      }
      if chance.fraction() < 0.2 { wait(&pipeline.tasks[index], in: name, &chance) }
      if pipeline.tasks[index].each == nil, index > 0, chance.fraction() < 0.15 {
        let leader = Int.random(in: 0..<index, using: &chance)
        if pipeline.tasks[leader].each != nil {
          pipeline.tasks[index].each = FanOutTests.follow("t\(leader)")
        }
      }
    }
    return pipeline
  }

  /// Makes a task wait; pipelines of domain 'f' are triggered, and trigger none.
  static func wait(_ task: inout TaskDeclaration, in name: String, _ chance: inout SeededGenerator) {
    let text = LocatedText(text: "1", position: PlanningWorld.nowhere, laterLinesColumn: 1)
    switch Int.random(in: 0..<4, using: &chance) {
    case 0: task.kind = .approve(ApprovalTask())
    case 1 where name != "f/p":
      let target = Located(PipelineName(domain: "f", name: "p"), at: PlanningWorld.nowhere)
      task.kind = .trigger(TriggerTask(pipeline: target, waits: chance.fraction() < 0.8))
    default: task.kind = .wait(WaitTask(condition: .sql(text)))
    }
    task.pool = nil
    if chance.fraction() < 0.5 { task.onTimeout = .skip }
  }

  static func world(_ chance: inout SeededGenerator) -> PlanningWorld {
    let names = ["d/p", "d/q", "e/p", "f/p"].prefix(Int.random(in: 1...4, using: &chance))
    let pipelines = names.map { pipeline($0, &chance) }
    let shares = (0..<3).map { _ in Int.random(in: 1...3, using: &chance) }
    let slots = (0..<3).map { _ in Int.random(in: 1...4, using: &chance) }
    let pools = [Pool(name: "pool", slots: Int.random(in: 1...2, using: &chance))]
    return PlanningWorld(pipelines, workers: Int.random(in: 1...5, using: &chance), pools: pools) { domains in
      for index in domains.indices {
        domains[index].share = shares[index]
        if slots[index] < 4 { domains[index].slots = slots[index] }
      }
    }
  }

  static func outcome(_ chance: inout SeededGenerator) -> AttemptOutcome {
    switch Int.random(in: 0..<20, using: &chance) {
    case 0..<11: .success
    case 11..<14: .failed()
    case 14: .failed(75)
    case 15: .skipped
    case 16, 17: .lost
    default: .failed(3)
    }
  }

  static func step(_ world: inout PlanningWorld, _ chance: inout SeededGenerator) {
    switch Int.random(in: 0..<20, using: &chance) {
    case 0, 1:
      let pipeline = Int.random(in: world.release.graph.pipelines.indices, using: &chance)
      world.send(.run(RunRequest(pipeline: pipeline, partition: nil, cause: .manual)))
    case 2 where chance.fraction() < 0.4: world.restart()
    case 2:
      let pipelines = world.release.graph.pipelines
      let target = PauseTarget.pipeline(
        pipelines[Int.random(in: pipelines.indices, using: &chance)].name)
      if chance.fraction() < 0.3 { world.send(chance.fraction() < 0.6 ? .pause(target) : .resume(target)) }
      if chance.fraction() < 0.5 { return }
      if let run = world.scheduler.unfinishedRuns.randomElement(using: &chance) { world.send(.cancel(run)) }
    case 9: world.approve("t\(Int.random(in: 0..<8, using: &chance))", by: "anna", chance.fraction() < 0.7)
    case 10, 11:
      let reason = Reason("not_yet", chance.fraction() < 0.8 ? "it is not there" : "it is far away")
      world.probe(
        [.met, .notYet(reason), .notYet(reason), .failed(.failed())].randomElement(using: &chance) ?? .met)
    case 3...5: world.pass(.seconds(Int.random(in: 1...30, using: &chance)))
    case 6...8:
      world.answer(
        [.condition(true), .condition(false), .failed(Reason("x", "x"))].randomElement(using: &chance)
          ?? .condition(true))
    default:
      if let order = world.live.randomElement(using: &chance) {
        world.end(order, outcome(&chance))
        if chance.fraction() < 0.1 { world.send(.report(.ended(order.id, .failed()))) }
      }
    }
  }

  /// Runs a seed: faults first, then everything answers and must become final.
  static func play(_ seed: UInt64, steps: Int = 60) -> PlanningWorld {
    var chance = SeededGenerator(seed: seed)
    var world = world(&chance)
    for pipeline in world.release.graph.pipelines.indices {
      world.send(.run(RunRequest(pipeline: pipeline, partition: nil, cause: .manual)))
    }
    for _ in 0..<steps { step(&world, &chance) }
    for pipeline in world.release.graph.pipelines { world.send(.resume(.pipeline(pipeline.name))) }
    for _ in 0..<10_000 where !world.scheduler.isIdle {
      if let order = world.live.first {
        world.end(order)
      } else if !world.evaluations.isEmpty {
        world.answer(.condition(true))
      } else if !world.probes.isEmpty {
        world.probe(.met)
      } else if let waiting = world.scheduler.waitingApprovals.first {
        world.approve(waiting.task, by: "bert")
      } else {
        world.pass(.seconds(60))
      }
    }
    return world
  }

  @Test(arguments: Sample.of(0..<400, 100)) func `no law breaks and everything becomes final`(seed: Int) {
    let world = Self.play(UInt64(seed))
    #expect(world.watch.violations.isEmpty, "seed \(seed): \(world.watch.violations.prefix(3))")
    #expect(world.scheduler.isIdle, "seed \(seed) hangs with runs \(world.scheduler.unfinishedRuns)")
  }

  @Test func `the same seed gives the same history`() {
    for seed in [UInt64(3), 17, 99] {
      let histories = (0..<2).map { _ in Self.play(seed).changes.map { String(describing: $0) } }
      #expect(histories[0] == histories[1])
    }
  }
}
