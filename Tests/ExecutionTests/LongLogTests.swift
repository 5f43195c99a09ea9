import Basics
import Execution
import Foundation
import Glibc
import MeshModel
import Planning
import TestKit
import Testing

/// Tasks that write more to their logs than these may hold.
struct LongLogTests {
  private static let most = 1 << 16
  private static let flood = "while :; do echo 'all work and no play makes a log long'; done"

  private func workshop(_ script: String) throws -> Workshop {
    let workshop = try Workshop()
    workshop.longestLog = Self.most
    workshop.shell(script)
    return workshop
  }

  private func expectCut(_ order: AttemptOrder, _ workshop: Workshop) {
    let log = workshop.log(of: order)
    #expect(log.utf8.count > Self.most && log.utf8.count < Self.most + 200)
    #expect(log.contains("\nheddle: the log is cut here, it had "))
    #expect(log.hasSuffix(" bytes and may have \(Self.most)\n"))
  }

  @Test(arguments: [flood, "trap '' TERM; \(flood)", "setsid sh -c '(yes)' & wait", "yes & sleep 60"])
  func `a task that floods its log is ended, and the log is cut`(script: String) throws {
    let workshop = try workshop(script)
    let order = workshop.order(task: 0)
    let outcome = try workshop.run(order)
    #expect(outcome.state == .failed)
    #expect(outcome.reason?.code == "log_too_long")
    expectCut(order, workshop)
    #expect(ProcessCensus.members(leader: nil, key: order.key).isEmpty)
  }

  @Test func `a task that has written too much and is done has done its work`() throws {
    let workshop = try workshop("exec dd if=/dev/zero bs=1000000 count=1 2>/dev/null")
    let order = workshop.order(task: 0)
    #expect(try workshop.run(order).state == .success)
    expectCut(order, workshop)
  }

  @Test(arguments: [false, true])
  func `the next owner ends it, with its keeper or without`(killsKeeper: Bool) throws {
    let go = "while [ ! -e go ]; do sleep 0.01; done; "
    let workshop = try workshop(go + Self.flood)
    let executor = try workshop.open()
    let order = workshop.order(task: 0)
    executor.start(order)
    let process = try workshop.running(order.id)
    let keeper = try workshop.keeper()
    executor.leave()
    if killsKeeper { workshop.kill(keeper) }
    try workshop.folder.write("", to: "project/go")
    let next = try workshop.open()
    next.adopt(order)
    let outcome = try workshop.outcome(of: order.id)
    #expect(outcome.reason?.code == "log_too_long")
    #expect(outcome.state == .failed)
    expectCut(order, workshop)
    #expect(!ProcessCensus.isAlive(process))
  }
}
