import Basics
import MeshModel
import Testing

@testable import Planning

@Suite struct SlotTests {
  @Test func `workers, pools, domains and stores hold no more than their slots`() {
    var world = PlanningWorld(
      [
        .sketch("d/p", ["a", "b", "c", "e"]) { $0.pool = "small" },
        .sketch("e/p", ["a", "b", "c", "e"]),
        .sketch("f/p", ["a", "b", "c", "e"]) { task in
          task.kind = .load(
            LoadTask(
              source: .file(.literal(.text("x.csv"))), columns: [],
              into: Target(
                dataset: DatasetName(domain: "f", name: task.name), mode: .replace,
                position: PlanningWorld.nowhere)))
        },
      ], workers: 8, pools: [Pool(name: "small", slots: 2)]
    ) { domains in
      for index in domains.indices where domains[index].name == "e" { domains[index].slots = 3 }
    }
    for name in ["d/p", "e/p", "f/p"] { world.run(name) }
    #expect(world.live.count { $0.context.run.pipeline.domain == "d" } == 2)
    #expect(world.live.count { $0.context.run.pipeline.domain == "e" } == 3)
    #expect(world.live.count { $0.context.run.pipeline.domain == "f" } == 1)
    let reasons = Set(
      world.changes.compactMap { change in
        if case .instanceQueued(_, let reason, _) = change { reason.code } else { nil as String? }
      })
    #expect(reasons == ["pool_full", "domain_full", "store_busy"])
    world.finish()
    #expect((1...3).allSatisfy { world.runState(RunID($0)) == .success })
    #expect(world.watch.violations.isEmpty)
  }

  @Test func `higher priority goes first within a domain, then the older run`() {
    var low = Pipeline.sketch("d/low", ["a", "b"])
    low.priority = -1
    var high = Pipeline.sketch("d/high", ["c", "e"])
    high.priority = 5
    var world = PlanningWorld([low, .sketch("d/middle", ["x"]), high], workers: 1)
    world.run("d/middle")
    world.run("d/low")
    world.run("d/high")
    var order: [String] = []
    while let next = world.live.first {
      order.append(world.name(next.id.instance))
      world.end(next)
    }
    #expect(order == ["x", "c", "e", "a", "b"])
  }

  @Test(arguments: [(1, 1), (3, 1), (5, 2)]) func `domains start tasks in proportion to their shares`(
    left: Int, right: Int
  ) {
    let names = (0..<200).map { "t\($0)" }
    var world = PlanningWorld([.sketch("d/p", names), .sketch("e/p", names)], workers: 1) { domains in
      domains[0].share = left
      domains[1].share = right
    }
    world.run("d/p")
    world.run("e/p")
    var counts = ["d": 0, "e": 0]
    for _ in 0..<((left + right) * 20) {
      guard let order = world.live.first else { break }
      counts[order.context.run.pipeline.domain, default: 0] += 1
      world.end(order)
    }
    #expect(abs((counts["d"] ?? 0) - left * 20) <= 1, "\(counts)")
  }

  /// Law 8, for a domain that comes late to a mesh that is busy.
  @Test func `a domain that comes late does not wait for the backlog of others`() {
    let names = (0..<50).map { "t\($0)" }
    let busy = (0..<6).map { Pipeline.sketch("d\($0)/p", names) }
    var world = PlanningWorld(busy + [.sketch("late/p", ["a"])], workers: 1)
    for index in 0..<6 { world.run("d\(index)/p") }
    for _ in 0..<40 { if let order = world.live.first { world.end(order) } }
    world.run("late/p")
    var others = 0
    while let order = world.live.first, order.context.run.pipeline.domain != "late" {
      others += 1
      world.end(order)
    }
    #expect(others <= 7 + 1, "the one that was live already counts too")
  }

  /// Law 8, for a domain whose share a deploy makes larger.
  @Test func `a larger share counts from its deploy on`() {
    func mesh(share: Int) -> Mesh {
      Mesh(
        root: "/project",
        domains: [
          Domain(name: "grown", owner: "team", share: share, position: PlanningWorld.nowhere),
          Domain(name: "other", owner: "team", share: 4, position: PlanningWorld.nowhere),
        ])
    }
    var slots = SlotTable(workers: 1)
    slots.adopt(mesh(share: 1))
    func enter(_ domain: Int, _ run: RunID) {
      let instance = InstanceID(run: run, task: 0, index: 0)
      let demand = Demand(domain: domain, writesStore: false, pool: nil)
      slots.insert(ReadyInstance(priority: 0, instance: instance), demand)
    }
    enter(0, 1)
    if let start = slots.next(where: { _ in true }) { slots.release(start.demand) }
    slots.adopt(mesh(share: 4))
    enter(0, 2)
    for run in 3...9 { enter(1, RunID(run)) }
    var others = 0
    while let start = slots.next(where: { _ in true }), start.demand.domain == 1 {
      others += 1
      slots.release(start.demand)
    }
    #expect(others <= 2)
  }
}
