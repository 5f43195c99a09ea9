import Basics
import Execution
import MeshModel
import Planning
import SQLite
import TestKit
import Testing

/// What becomes of SQL and loads whose owner died.
struct AdoptionTests {
  static let columns = [
    Column(name: "day", type: .text), Column(name: "n", type: .integer),
  ]

  @Test func `SQL that was committed has succeeded, and what was not is lost`() throws {
    let workshop = try Workshop()
    workshop.sql("CREATE TABLE t(a); INSERT INTO t VALUES(1), (2)")
    workshop.sql("INSERT INTO t VALUES(3)")
    let executor = try workshop.open(writers: [0, 1])
    let first = workshop.order(task: 0)
    #expect(try workshop.run(first).rows == 2)
    executor.adopt(first)
    let adopted = try workshop.outcome(of: first.id)
    #expect(adopted.state == .success)
    #expect(adopted.rows == 2)
    let second = workshop.order(task: 1)
    executor.adopt(second)
    let lost = try workshop.outcome(of: second.id)
    #expect(lost.state == .lost)
    #expect(lost.reason?.text == "its owner ended before its work was committed")
    #expect(try workshop.query("SELECT count(*) FROM t") == ["2"])
  }

  @Test func `a load whose command outlived its owner loads what the command printed`() throws {
    let workshop = try Workshop()
    let script = "until [ -e go ]; do sleep 0.01; done; echo day,n; echo 2013-01-01,7"
    workshop.load("", columns: Self.columns) {
      $0.source = .command(Command(form: .shell(script), directory: workshop.mesh.root))
    }
    let first = try workshop.open()
    let order = workshop.order(task: 0)
    first.start(order)
    _ = try workshop.running(order.id)
    first.leave()
    let second = try workshop.openBesideOthers()
    second.adopt(order)
    try workshop.folder.write("", to: "project/go")
    let outcome = try workshop.outcome(of: order.id)
    #expect(outcome.state == .success, "\(outcome)")
    #expect(outcome.rows == 1)
    #expect(outcome.exitCode == 0)
    #expect(try workshop.query("SELECT n FROM days") == ["7"])
    #expect(try workshop.folder.files().filter { $0.hasSuffix(".rows") } == [])
  }
}
