import Basics
import Diagnostics
import MeshModel
import Planning
import Testing

@Suite struct FanOutTests {
  static func each(_ values: Int, maxActive: Int? = nil) -> FanOut {
    FanOut(
      source: .list((0..<values).map { .integer(Int64($0)) }), maxActive: maxActive,
      position: PlanningWorld.nowhere)
  }

  static let sql = FanOut(
    source: .sql(LocatedText(text: "SELECT 1", position: PlanningWorld.nowhere, laterLinesColumn: 1)),
    position: PlanningWorld.nowhere)

  static func follow(_ task: String) -> FanOut {
    FanOut(source: .of(Located(task, at: PlanningWorld.nowhere)), position: PlanningWorld.nowhere)
  }

  @Test func `downstream waits for every instance`() {
    var world = PlanningWorld([
      .sketch("d/p", ["a", "b <- a"]) { if $0.name == "a" { $0.each = Self.each(3) } }
    ])
    world.run("d/p")
    #expect(world.running == ["a[0]", "a[1]", "a[2]"])
    world.end("a", index: 1)
    world.end("a", index: 0)
    #expect(world.running == ["a[2]"])
    world.end("a", index: 2)
    #expect(world.running == ["b"])
    world.finish()
    #expect(world.runState() == .success)
    #expect(world.watch.violations.isEmpty)
  }

  @Test func `one failed instance fails the run and the others go on`() {
    var world = PlanningWorld([
      .sketch("d/p", ["a", "b <- a"]) { if $0.name == "a" { $0.each = Self.each(3) } }
    ])
    world.run("d/p")
    world.end("a", index: 1, .failed())
    #expect(world.running.count == 2)
    world.finish()
    #expect(world.state("b") == .upstreamFailed)
    #expect(world.runState() == .failed)
  }

  @Test func `max_active limits the instances of one task, retries included`() {
    var world = PlanningWorld([
      .sketch("d/p", ["a"]) {
        $0.each = Self.each(5, maxActive: 2)
        $0.retry.attempts = 2
      }
    ])
    world.run("d/p")
    #expect(world.running == ["a[0]", "a[1]"])
    world.end("a", index: 0, .failed())
    #expect(world.running == ["a[1]"])
    world.end("a", index: 1)
    #expect(world.running == ["a[2]"])
    world.pass(.seconds(10))
    #expect(world.running == ["a[2]", "a[0]"])
    world.finish()
    #expect(world.runState() == .success)
    #expect(world.watch.violations.isEmpty)
  }

  @Test func `an empty list skips the task`() {
    var world = PlanningWorld([.sketch("d/p", ["a", "b <- a"]) { if $0.name == "a" { $0.each = Self.sql } }])
    world.run("d/p")
    world.answer(.values([]))
    #expect(world.state("a") == .skipped)
    #expect(world.state("b") == .skipped)
    #expect(world.reason("a") == "each_empty")
    #expect(world.runState() == .success)
  }

  @Test func `a follower goes on instance by instance`() {
    var world = PlanningWorld([
      .sketch("d/p", ["a", "b", "c <- b"]) {
        if $0.name == "a" { $0.each = Self.sql }
        if $0.name == "b" { $0.each = Self.follow("a") }
      }
    ])
    world.run("d/p")
    world.answer(.values([.text("x"), .text("y"), .text("z")]))
    #expect(world.running == ["a[0]", "a[1]", "a[2]"])
    world.end("a", index: 1)
    #expect(world.running == ["a[0]", "a[2]", "b[1]"])
    #expect(world.live.last?.context.each == .text("y"))
    world.end("a", index: 0, .failed())
    #expect(world.state("b", index: 0) == .upstreamFailed)
    world.finish()
    #expect(world.state("b", index: 2) == .success)
    #expect(world.state("c") == .upstreamFailed)
    #expect(world.runState() == .failed)
    #expect(world.watch.violations.isEmpty)
  }

  @Test func `a follower of a task that never had instances ends as its rule says`() {
    var world = PlanningWorld([
      .sketch("d/p", ["x", "a <- x", "b"]) {
        if $0.name == "a" { $0.each = Self.sql }
        if $0.name == "b" { $0.each = Self.follow("a") }
      }
    ])
    world.run("d/p")
    world.end("x", .failed())
    #expect(world.state("a") == .upstreamFailed)
    #expect(world.state("b") == .upstreamFailed)
    #expect(world.runState() == .failed)
  }

  @Test func `ten thousand instances and their followers cost linear time`() {
    var world = PlanningWorld(
      [
        .sketch("d/p", ["a", "b", "c <- b"]) {
          if $0.name == "a" { $0.each = Self.each(2_000) }
          if $0.name == "b" { $0.each = Self.follow("a") }
        }
      ], workers: 64)
    var scheduler = world.scheduler
    scheduler.handle(.run(RunRequest(pipeline: 0, partition: nil, cause: .manual)), at: world.now)
    var open: [AttemptOrder] = []
    var ended = 0
    repeat {
      for effect in scheduler.decide(at: world.now).effects {
        if case .start(let order) = effect { open.append(order) }
      }
      guard let order = open.popLast() else { break }
      scheduler.handle(.report(.ended(order.id, .success)), at: world.now)
      ended += 1
    } while !scheduler.isIdle
    world.scheduler = scheduler
    #expect(ended == 4_001)
  }
}
