import Basics
import TestKit
import Testing

@testable import CommandLine

@Suite struct GraphTests {
  @Test(arguments: ["text", "dot", "mermaid", "json"])
  func `the starter mesh is drawn in every format`(format: String) throws {
    let project = try StarterProject()
    let answer = project.session.heddle("graph", "--format", format)
    #expect(answer.code == .success, "\(answer.err)")
    #expect(answer.out.contains("announce"))
    if format == "json" {
      let value = try JSONValue(parsing: answer.out.utf8)
      #expect(value["schema"] == .string("heddle.graph/v1"))
      #expect(value["nodes"]?.array?.count == 3)
      #expect(project.session.heddle("graph", "--json").out == answer.out)
    }
  }

  @Test func `a selector chooses what is drawn`() throws {
    let project = try StarterProject()
    #expect(!project.session.heddle("graph", "shop/*").out.contains("announce"))
    let unknown = project.session.heddle("graph", "shop/ordres")
    #expect(unknown.code == .notFound)
    #expect(unknown.err == "error: there is no pipeline 'shop/ordres'\nhelp: did you mean 'shop/orders'?\n")
    #expect(project.session.heddle("graph", "size:big").code == .usage)
  }

  @Test func `lineage goes up and down`() throws {
    let project = try StarterProject()
    let answer = project.session.heddle("lineage", "reports.daily_sales", "--json")
    #expect(answer.code == .success)
    #expect(try JSONValue(parsing: answer.out.utf8)["schema"] == .string("heddle.lineage/v1"))
    #expect(project.session.heddle("lineage", "reports.daily_sales").out.contains("reports/sales.announce"))
    let unknown = project.session.heddle("lineage", "shop.order")
    #expect(unknown.code == .notFound)
    #expect(unknown.err.contains("did you mean 'shop.orders'?"))
    #expect(project.session.heddle("lineage", "shop.orders.amont").code == .notFound)
  }

  @Test func `mistakes elsewhere are no reason to show nothing, and no reason for silence`() throws {
    let project = try StarterProject()
    try project.folder.write("pipeline: bad\ntsaks: {}\n", to: "dags/shop/bad.yaml")
    let answer = project.session.heddle("graph")
    #expect(answer.code == .invalidDeclarations)
    #expect(answer.out.contains("announce"))
    #expect(answer.err.contains("in the declarations, so this may not be all; see: heddle check"))
  }

  @Test func `outside of a project a command says how to begin`() throws {
    let folder = try TemporaryFolder()
    let session = ProgramSession(directory: folder.path)
    let answer = session.heddle("graph")
    #expect(answer.code == .notFound)
    #expect(
      answer.err
        == "error: no folder 'dags' here or above\nhelp: begin with: heddle init, or name one: --project DIR\n"
    )
    #expect(session.heddle("graph", "--project", "nowhere").code == .notFound)
  }

  @Test func `the project is found from any folder below, or by name`() throws {
    let project = try StarterProject()
    var session = project.session
    session.directory = project.folder.file("dags/shop")
    #expect(session.heddle("graph").code == .success)
    session.directory = "/"
    #expect(session.heddle("graph", "--project", project.folder.path).code == .success)
  }

  @Test(arguments: [
    ("pipelines", ["reports/sales", "shop/orders"]),
    (
      "tasks",
      ["reports/sales", "shop/orders", "reports/sales.summary", "reports/sales.announce", "shop/orders.land"]
    ),
    ("datasets", ["reports.daily_sales", "shop.orders"]),
    (
      "selectors",
      ["reports/*", "shop/*", "reports/sales", "shop/orders", "reports.daily_sales", "shop.orders"]
    ),
  ])
  func `names for completion are read from the files`(kind: String, names: [String]) throws {
    let project = try StarterProject()
    let answer = project.session.heddle("completion", kind)
    #expect(answer.out.split(separator: "\n").map(String.init) == names)
  }
}
