import Basics
import MeshModel
import Planning
import Testing

@Suite struct ExplanationTests {
  /// The check that keeps a task, or the run, as `name: text`.
  static func blocking(_ explanation: Explanation?) -> String? {
    explanation?.checks.first { $0.state == .blocking }.map { "\($0.name): \($0.text)" }
  }

  @Test func `a task that waits for others names them, and what comes later is not looked at`() {
    var world = PlanningWorld([Pipeline.sketch("d/p", ["a", "b", "c <- a b"])])
    world.run("d/p")
    world.end("a")
    let explanation = world.scheduler.explanation(of: 1, task: 2)
    #expect(Self.blocking(explanation) == "upstreams: waits for 'b'")
    #expect(explanation?.checks.first == .init("run", .done, "run 1 runs"))
    #expect(world.scheduler.openTasks(of: 1) == [1, 2])
  }

  @Test func `what waits for a slot names who holds it`() {
    var world = PlanningWorld(
      [
        Pipeline.sketch("d/p", ["a", "b"]) { $0.pool = "small" }
      ], pools: [Pool(name: "small", slots: 1)])
    world.run("d/p")
    #expect(
      Self.blocking(world.scheduler.explanation(of: 1, task: 1))
        == "slots: waits for pool 'small', all 1 slots are taken, by 'a' of run 1")
    #expect(Self.blocking(world.scheduler.explanation(of: 1, task: 0)) == nil)
  }

  @Test func `a run that is queued names the runs before it, or the pause`() throws {
    var world = PlanningWorld([Pipeline.sketch("d/p", ["a"])])
    world.run("d/p")
    world.run("d/p")
    #expect(
      Self.blocking(world.scheduler.explanation(of: 2))
        == "run: as many runs of 'd/p' are active as 'max_active_runs' lets, 1: 1")
    world.send(.pause(.pipeline(PipelineName(domain: "d", name: "p"))))
    let paused = world.scheduler.explanation(of: 2)
    #expect(Self.blocking(paused) == "run: 'd/p' is paused")
    #expect(paused?.checks.first?.next == "heddle resume d/p")
    #expect(world.scheduler.explanation(of: 3) == nil)
  }

  @Test func `what waits for data says when its producer is due, and what to do once it is not any more`()
    throws
  {
    var world = DataReadinessTests.waiting()
    world.run("e/read", partition: try DataReadinessTests.partition("2013-01-09"))
    let due = Self.blocking(world.scheduler.explanation(of: 1, task: 0))
    #expect(
      due?.hasPrefix("data: 'd.x@2013-01-09' is not there; 'd/make' is due at 2013-01-10 06:00:00Z") == true)
    _ = world.tick(at: ScheduleTests.at(6), made: ["2013-01-09"])
    let explanation = world.scheduler.explanation(of: 1, task: 0)
    #expect(Self.blocking(explanation)?.contains("does not make it by itself any more") == true)
    #expect(
      explanation?.checks.compactMap(\.next) == ["heddle backfill d/make --from 2013-01-09 --to 2013-01-09"])
  }
}
