import Basics
import Diagnostics
import MeshModel
import Planning
import Testing

@Suite struct ApprovalTests {
  static func world(by names: [String] = [], retry: Int = 1) -> PlanningWorld {
    var pipeline = Pipeline.sketch("d/p", ["sign", "work <- sign"])
    pipeline.tasks[0].kind = .approve(
      ApprovalTask(by: names.map { Located($0, at: PlanningWorld.nowhere) }))
    pipeline.tasks[0].retry.attempts = retry
    return PlanningWorld([pipeline])
  }

  static func ask(_ world: inout PlanningWorld, _ name: String?) {
    var request = RunRequest(pipeline: 0, partition: nil, cause: .manual)
    request.askedBy = name
    world.send(.run(request))
  }

  @Test func `who asked for a run never approves it`() {
    var world = Self.world()
    Self.ask(&world, "anna")
    let instance = InstanceID(run: 1, task: 0)
    #expect(world.scheduler.refusal(of: Approver(name: "anna"), on: instance) == .isAsker)
    world.approve("sign", by: "anna")
    #expect(world.state("sign") == .deferred)
    world.approve("sign", by: "bert")
    #expect(world.state("sign") == .success)
    #expect(world.running == ["work"])
    #expect(world.scheduler.refusal(of: Approver(name: "cleo"), on: instance) == .notWaiting)
  }

  @Test func `only those who are named decide, or who are in a group that is`() {
    var world = Self.world(by: ["dora", "ops"])
    Self.ask(&world, nil)
    world.approve("sign", by: "bert", groups: ["dev"])
    #expect(world.state("sign") == .deferred)
    world.approve("sign", by: "bert", groups: ["dev", "ops"])
    #expect(world.state("sign") == .success)
  }

  @Test func `what somebody rejected is not asked for again`() {
    var world = Self.world(retry: 5)
    Self.ask(&world, "anna")
    world.approve("sign", by: "bert", false)
    #expect(world.state("sign") == .failed)
    #expect(world.reason("sign") == "rejected")
    #expect(world.state("work") == .upstreamFailed)
  }

  @Test func `the decision is told to those after it, with who made it`() {
    var world = Self.world()
    Self.ask(&world, "anna")
    let waiting = world.scheduler.waitingApprovals
    #expect(waiting.map(\.asker) == ["anna"])
    let decision = ApprovalDecision(by: Approver(name: "bert"), isApproved: true, note: "go")
    world.send(.approve(InstanceID(run: 1, task: 0), decision))
    #expect(
      world.live.first?.context.upstreamOutputs == ["sign": #"{"approved":true,"by":"bert","note":"go"}"#])
    #expect(world.scheduler.waitingApprovals.isEmpty)
  }

  @Test func `the asker stays the asker after a restart`() {
    var world = Self.world()
    Self.ask(&world, "anna")
    world.restart()
    world.approve("sign", by: "anna")
    #expect(world.state("sign") == .deferred)
    world.approve("sign", by: "bert")
    #expect(world.state("sign") == .success)
  }
}
