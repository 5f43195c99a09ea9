import Basics
import MeshModel
import Orchestration
@testable import Planning
import TestKit
import Testing

@testable import CommandLine

@Suite struct PlanTests {
  static func day(_ day: Int) -> PartitionInterval {
    let start = Instant(seconds: 1_735_689_600 + Int64(day - 1) * 86_400)
    return PartitionInterval(key: "2025-01-0\(day)", start: start, end: start + .seconds(86_400))
  }

  static func stays(_ days: Int) -> [BackfillPlan.Standing] {
    Array(
      repeating: .init(
        pipeline: PipelineName(domain: "reports", name: "sales"), partition: nil, isGood: true), count: days)
  }

  /// A plan over the starter mesh: three days of orders and sales, one of them good.
  static func view() throws -> PlanView {
    let project = try StarterProject()
    let graph = CheckedProject(loading: project.folder.path).graph
    let sales = PipelineName(domain: "reports", name: "sales")
    let orders = PipelineName(domain: "shop", name: "orders")
    var items: [BackfillPlan.Item] = []
    for number in [1, 2, 4] {
      items.append(
        .init(
          pipeline: orders, pipelineIndex: 1, partition: day(number), tasks: [0], kept: [],
          replacesGood: number == 4, reason: Reason("read", "'reports/sales@\(day(number).key)' reads it")))
    }
    for number in [1, 2, 3] {
      items.append(
        .init(
          pipeline: sales, pipelineIndex: 0, partition: day(number), tasks: number == 3 ? [1] : [0, 1],
          kept: number == 3 ? [0] : [], replacesGood: false, reason: Reason("asked", "it is in the range")))
    }
    let omissions: [BackfillPlan.Omission] = (1...7).map {
      .init(
        pipeline: sales, partition: day($0).key, task: "announce",
        reason: Reason("external", "it has effects outside"))
    }
    return PlanView(plan: BackfillPlan(items: items, omissions: omissions, stays: stays(1)), graph: graph)
  }

  @Test func `a plan says what runs, in ranges, and why`() throws {
    let captured = ProgramSession.Captured()
    var session = ProgramSession()
    session.columns = 100
    let output = session.output(to: captured)
    try Self.view().table.write(to: output)
    output.flush()
    Snapshot.expect(captured.text, matches: "plan.txt")
  }

  @Test func `a plan says what it leaves out and how much it is`() throws {
    let view = try Self.view()
    #expect(
      view.omissions == [
        "left out: reports/sales.announce@2025-01-01,2025-01-02,2025-01-03,2025-01-04,2025-01-05 and 2 more: "
          + "it has effects outside"
      ])
    #expect(view.summary == "6 runs with 8 tasks, 1 good partition replaced, 1 partition is good and stays")
  }

  @Test func `an empty plan says that there is nothing to do`() throws {
    let graph = try Self.view().graph
    let empty = BackfillPlan(items: [], omissions: [], stays: [])
    #expect(PlanView(plan: empty, graph: graph).summary == "nothing to do")
    let good = BackfillPlan(items: [], omissions: [], stays: Self.stays(31))
    #expect(PlanView(plan: good, graph: graph).summary == "nothing to do: 31 partitions are good and stay")
    var some = good
    some.stays[0].isGood = false
    #expect(
      PlanView(plan: some, graph: graph).summary
        == "nothing to do: 30 partitions are good and stay, 1 partition is missing and stays so")
  }

  @Test func `a plan as JSON lists every run`() throws {
    let view = try Self.view()
    var writer = JSONWriter()
    writer.object { view.write(to: &$0) }
    let plan = try #require(try JSONValue(parsing: writer.bytes)["plan"])
    #expect(plan["runs"] == .integer(6))
    #expect(plan["replacements"] == .integer(1))
    #expect(plan["items"]?.array?.count == 6)
    #expect(plan["items"]?.array?.last?["kept"] == .array([.string("summary")]))
    #expect(plan["omissions"]?.array?.first?["reason"]?["code"] == .string("external"))
  }
}
