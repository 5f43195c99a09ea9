import Lineage
import MeshModel
import Testing

struct SelectorTests {
  /// Two domains; `ops` writes, `web` reads.
  static let graph: MeshGraph = {
    var mesh = SketchedMesh(
      """
      source ops.landing
      ops/flow.land reads ops.landing writes ops.raw ops.side
      ops/flow.clean reads ops.raw writes ops.flights
      ops/report.daily reads ops.flights writes ops.daily
      ops/report.aside reads ops.side
      web/page.show reads ops.daily writes web.page
      web/page.count reads web.page
      """
    ).mesh
    mesh.domains[0].owner = "ops-data"
    mesh.domains[1].owner = "web-team"
    mesh.domains[0].pipelines[1].tags = ["daily"]
    mesh.domains[1].pipelines[0].tags = ["daily", "public"]
    return LineageBuilder.build(mesh).graph
  }()

  @Test(arguments: [
    ("*", "land clean daily aside show count"),
    ("ops/*", "land clean daily aside"),
    ("ops/flow", "land clean"),
    ("ops/flow.clean", "clean"),
    ("ops.flights", "clean"),
    ("+ops.flights", "land clean"),
    ("ops.flights+", "clean daily show count"),
    ("ops.flights+1", "clean daily"),
    ("ops.raw+1", "land clean"),
    ("ops/flow.land+1", "land clean aside"),
    ("ops.landing+1", "land"),
    ("1+web/page.show+1", "daily show count"),
    ("+web/page", "land clean daily show count"),
    ("domain:web", "show count"),
    ("owner:ops-data", "land clean daily aside"),
    ("tag:daily", "daily aside show count"),
    ("tag:daily,ops/*", "daily aside"),
    ("+web/page,+ops/report.daily", "land clean daily"),
    ("ops/flow.land web/page.count", "land count"),
    ("tag:public,web/* ops/flow.land", "land show count"),
    ("status:failed", "clean count"),
    ("status:failed,ops/*", "clean"),
    ("  ops/flow.land  ", "land"),
    ("+*+", "land clean daily aside show count"),
  ])
  func `a selector selects`(text: String, tasks: String) throws {
    let nodes = try Selector(text).nodes(in: Self.graph) { $0 == "failed" ? [1, 5] : nil }
    #expect(nodes.map { Self.graph.nodes[$0].name.task }.joined(separator: " ") == tasks)
  }

  @Test(arguments: [
    ("", 1, "the selector is empty"),
    ("ops/flow,", 10, "nothing stands beside the comma"),
    ("ops/flow  flow", 11, "'flow' is no name that can be selected"),
    ("ops/flow tga:daily", 10, "there is no condition 'tga:'"),
    ("ops/flow tag:", 10, "nothing follows 'tag:'"),
    ("0+ops/flow", 1, "'0' is no number of steps"),
    ("+ops/flow+99999999999999999999", 11, "'99999999999999999999' is no number of steps"),
    ("ops/flow.clean@2013-01-01", 1, "'ops/flow.clean@2013-01-01' is no name that can be selected"),
    ("stales:yes", 1, "there is no condition 'stales:'"),
    ("é+ops/flow ops/fl", 1, "'é+ops/flow' is no name that can be selected"),
    ("+ops/flwo", 2, "there is no pipeline 'ops/flwo'"),
    ("ops/flow ops/flow.claen", 10, "there is no task 'ops/flow.claen'"),
    ("ops.flihgts", 1, "there is no dataset 'ops.flihgts'"),
    ("opz/*", 1, "there is no domain 'opz'"),
    ("owner:ops-dat", 1, "there is no owner 'ops-dat'"),
    ("tag:daly", 1, "there is no pipeline with tag 'daly'"),
    ("status:borken", 1, "there is no state 'borken'"),
    ("ops/*,web/*", 1, "'ops/*,web/*' selects no task"),
    ("ops.landing", 1, "'ops.landing' selects no task"),
  ])
  func `a selector that selects nothing says why and where`(text: String, column: Int, message: String) {
    let error = #expect(throws: SelectorError.self) {
      _ = try Selector(text).nodes(in: Self.graph) { _ in nil }
    }
    #expect(error?.message == message)
    #expect(error?.column == column)
  }

  @Test(arguments: [
    ("ops/flwo", "did you mean 'ops/flow'?"),
    ("web/flow", "did you mean 'ops/flow'?"),
    ("web.flights", "did you mean 'ops.flights'?"),
    ("flow", "a domain is 'flow/*', a pipeline 'domain/flow', a dataset 'domain.flow'"),
  ])
  func `a name that does not exist brings those that may have been meant`(text: String, help: String) {
    let error = #expect(throws: SelectorError.self) { _ = try Selector(text).nodes(in: Self.graph) }
    #expect(error?.help == help)
  }

  @Test func `a selection tells its pipelines`() throws {
    let nodes = try Selector("+web/page.show").nodes(in: Self.graph)
    #expect(
      Self.graph.pipelines(of: nodes).map { Self.graph.pipelines[$0].name.name } == [
        "flow", "report", "page",
      ])
  }

  @Test func `without a record of runs a selection by status says so`() {
    let error = #expect(throws: SelectorError.self) {
      _ = try Selector("status:failed").nodes(in: Self.graph)
    }
    #expect(error?.kind == .syntax)
  }
}
