import Basics
@testable import Execution
import Glibc
import MeshModel
import Planning
import TestKit
import Testing

struct ProcessCensusTests {
  @Test func `a process is told from every other one`() throws {
    let own = try #require(ProcessCensus.identity(of: getpid()))
    #expect(ProcessCensus.isAlive(own))
    var other = own
    other.startTime += 1
    #expect(!ProcessCensus.isAlive(other))
    other = own
    other.boot = "another"
    #expect(!ProcessCensus.isAlive(other))
    #expect(ProcessCensus.identity(of: -1) == nil)
    #expect(!ProcessCensus.signal(0, to: other))
  }

  @Test func `the processes of an attempt are found by its key`() throws {
    let workshop = try Workshop()
    workshop.shell("sleep 60")
    let executor = try workshop.open()
    let order = workshop.order(task: 0)
    executor.start(order)
    let identity = try workshop.running(order.id)
    let found = ProcessCensus.find(keys: [order.key, AttemptKey("nobody")])
    #expect(found.keys.sorted { $0.text < $1.text } == [order.key])
    #expect(found[order.key]?.contains(identity) == true)
    executor.stop(order.id, cause: .cancelled, grace: .zero)
    _ = try workshop.outcome(of: order.id)
    #expect(ProcessCensus.find(keys: [order.key]).isEmpty)
  }

  @Test func `an attempt that nobody looks after is killed whole`() throws {
    let workshop = try Workshop()
    workshop.shell("setsid sleep 60 & sleep 60 & sleep 60")
    let executor = try workshop.open()
    let order = workshop.order(task: 0)
    executor.start(order)
    let identity = try workshop.running(order.id)
    #expect(ProcessCensus.kill(order.key, process: identity).found)
    #expect(ProcessCensus.find(keys: [order.key]).isEmpty)
    #expect(try workshop.outcome(of: order.id).signal == 9)
    #expect(ProcessCensus.kill(order.key, process: identity) == (false, true))
  }

  @Test(arguments: [
    "", "1", "1 (a) S", "1 (a) b) S 1 2 3", "1 (a) R 1 2 x 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20",
  ])
  func `a status that is not as it should be is no status`(text: String) {
    #expect(ProcessStatus(parsing: Array(text.utf8)) == nil)
  }

  @Test func `a program's name may hold anything`() throws {
    let text = "7 (a) R 1 (b) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 99 20"
    let status = try #require(ProcessStatus(parsing: Array(text.utf8)))
    #expect(status.session == 3)
    #expect(status.startTime == 99)
    #expect(!status.isOver)
  }
}
