import Basics
import CSystem
import Execution
import Foundation
import Glibc
import MeshModel
import Planning
import TestKit
import Testing
import Threads

/// Attempts outlive their owner.
struct KeeperTests {
  @Test(arguments: [false, true])
  func `a task whose owner is killed is adopted with its exit code and all of its output`(
    endsMeanwhile: Bool
  ) throws {
    let workshop = try Workshop()
    let go = workshop.folder.file("go")
    let done = workshop.folder.file("done")
    workshop.shell(
      """
      echo "$HEDDLE_ATTEMPT_KEY" > \(workshop.folder.file("key")); echo early
      echo > \(workshop.folder.file("ready"))
      until [ -e \(go) ]; do sleep 0.01; done
      echo '{"rows": 7}' > "$HEDDLE_OUTPUT"; echo late; echo > \(done); exit 3
      """)
    try workshop.runAndKillOwner { workshop.folder.exists("ready") }
    let key = try workshop.folder.text("key").trimmingCharacters(in: .newlines)
    workshop.identity = String(key.prefix { $0 != "-" })
    let order = workshop.order(task: 0)
    try #require(order.key.text == key)
    if endsMeanwhile {
      try workshop.folder.write("", to: "go")
      Workshop.wait { workshop.folder.exists("done") }
    }
    let executor = try workshop.open()
    executor.adopt(order)
    if !endsMeanwhile {
      _ = try workshop.running(order.id)
      try workshop.folder.write("", to: "go")
    }
    let outcome = try workshop.outcome(of: order.id)
    #expect(outcome.state == .failed)
    #expect(outcome.exitCode == 3)
    #expect(outcome.rows == 7)
    #expect(workshop.log(of: order) == "early\nlate\n")
    #expect(workshop.keeperNames.count == 1)
  }

  @Test func `an owner that leaves kills nothing, and the next one hears of every end`() throws {
    let workshop = try Workshop()
    for code in 0..<20 {
      workshop.shell("until [ -e ../go ]; do sleep 0.01; done; echo \(code); exit \(code)")
    }
    let first = try workshop.open(workers: 20)
    let orders = (0..<20).map { workshop.order(task: $0) }
    for order in orders { first.start(order) }
    for order in orders { _ = try workshop.running(order.id) }
    first.leave()
    #expect(workshop.reports.take(until: 0).isEmpty)
    let second = try workshop.openBesideOthers(workers: 1)
    for order in orders { second.adopt(order) }
    try workshop.folder.write("", to: "go")
    for (code, order) in orders.enumerated() {
      #expect(try workshop.outcome(of: order.id).exitCode == code)
      #expect(workshop.log(of: order) == "\(code)\n")
    }
    let keeper = heddle_pidfd_open(try workshop.keeper().pid)
    second.shutDown()
    Workshop.waitForEnd(keeper)
    #expect(workshop.keeperNames.isEmpty)
  }

  @Test func `an end that was not settled is told again, and a settled one is not`() throws {
    let workshop = try Workshop()
    workshop.shell("echo once >> ../count; exit 4")
    let order = workshop.order(task: 0)
    let first = try workshop.open()
    first.start(order)
    let outcome: AttemptOutcome = try workshop.next {
      if case .ended(order.id, let outcome) = $0 { outcome } else { nil }
    }
    #expect(outcome.exitCode == 4)
    first.leave()
    let second = try workshop.openBesideOthers()
    second.start(order)
    #expect(try workshop.outcome(of: order.id).exitCode == 4)
    #expect(try workshop.folder.text("count") == "once\n")
    second.adopt(order)
    #expect(try workshop.outcome(of: order.id).state == .lost)
  }

  @Test func `a keeper that is killed loses only the ends of what still ran`() throws {
    let workshop = try Workshop()
    // The second owner has no keeper of its own.
    workshop.isWarm = false
    workshop.shell("exit 5")
    workshop.shell("echo early; until [ -e ../go ]; do sleep 0.01; done; echo late")
    let first = try workshop.open()
    let (ended, running) = (workshop.order(task: 0), workshop.order(task: 1))
    first.start(ended)
    let outcome: AttemptOutcome = try workshop.next {
      if case .ended(ended.id, let outcome) = $0 { outcome } else { nil }
    }
    #expect(outcome.exitCode == 5)
    first.start(running)
    let process = try workshop.running(running.id)
    let keeper = try workshop.keeper()
    first.leave()
    workshop.kill(keeper)
    let second = try workshop.openBesideOthers()
    second.adopt(ended)
    #expect(try workshop.outcome(of: ended.id).exitCode == 5)
    second.adopt(running)
    #expect(try workshop.running(running.id) == process)
    try workshop.folder.write("", to: "go")
    let lost = try workshop.outcome(of: running.id)
    #expect(lost.state == .lost)
    #expect(lost.reason?.code == "lost")
    #expect(workshop.log(of: running) == "early\nlate\n")
    second.shutDown()
    #expect(workshop.keeperNames.isEmpty)
  }

  @Test func `a keeper that is killed under its owner is replaced, and nothing runs twice`() throws {
    let workshop = try Workshop()
    workshop.shell("echo once >> ../count; until [ -e ../go ]; do sleep 0.01; done; sleep 60 &")
    workshop.shell("true")
    let executor = try workshop.open()
    let order = workshop.order(task: 0)
    executor.start(order)
    let process = try workshop.running(order.id)
    workshop.kill(try workshop.keeper())
    #expect(try workshop.run(task: 1).state == .success)
    #expect(ProcessCensus.isAlive(process))
    try workshop.folder.write("", to: "go")
    #expect(try workshop.outcome(of: order.id).state == .lost)
    #expect(try workshop.folder.text("count") == "once\n")
    #expect(ProcessCensus.find(keys: [order.key]).isEmpty)
  }

  @Test func `keeper and task killed together are lost`() throws {
    let workshop = try Workshop()
    workshop.shell("setsid sleep 60 & sleep 60")
    let first = try workshop.open()
    let order = workshop.order(task: 0)
    first.start(order)
    let process = try workshop.running(order.id)
    let keeper = try workshop.keeper()
    first.leave()
    workshop.kill(keeper)
    workshop.kill(process)
    try workshop.openBesideOthers().adopt(order)
    #expect(try workshop.outcome(of: order.id).state == .lost)
    #expect(ProcessCensus.find(keys: [order.key]).isEmpty)
  }

  @Test func `what was never started is lost and not started by its adoption`() throws {
    let workshop = try Workshop()
    workshop.shell("echo x > ../count")
    let order = workshop.order(task: 0)
    try workshop.open().adopt(order)
    #expect(try workshop.outcome(of: order.id).state == .lost)
    #expect(!workshop.folder.exists("count"))
  }

  @Test(arguments: [false, true])
  func `an adopted attempt is stopped to the last of its processes`(withoutKeeper: Bool) throws {
    let workshop = try Workshop()
    workshop.shell("(setsid sh -c 'trap \"\" TERM; sleep 60; sleep 60' &); echo ready; sleep 60")
    let first = try workshop.open()
    let order = workshop.order(task: 0)
    first.start(order)
    let process = try workshop.running(order.id)
    workshop.wait(for: "ready", inLogOf: order)
    let keeper = try workshop.keeper()
    first.leave()
    if withoutKeeper { workshop.kill(keeper) }
    let second = try workshop.openBesideOthers()
    second.adopt(order)
    second.stop(order.id, cause: .timedOut, grace: .milliseconds(50))
    let outcome = try workshop.outcome(of: order.id)
    #expect(outcome.state == .timedOut)
    #expect(outcome.reason?.text == "ran longer than its timeout and was killed after its grace")
    #expect(ProcessCensus.members(leader: process.pid, key: order.key).isEmpty)
  }

  @Test func `a stop that was begun before the owner died is told with the end`() throws {
    let workshop = try Workshop()
    workshop.shell("trap 'sleep 60 & exit 0' TERM; echo ready; while :; do sleep 0.01; done")
    let first = try workshop.open()
    let order = workshop.order(task: 0)
    first.start(order)
    let process = try workshop.running(order.id)
    workshop.wait(for: "ready", inLogOf: order)
    first.stop(order.id, cause: .cancelled, grace: .seconds(600))
    // What the shell leaves behind keeps the first owner waiting.
    Workshop.wait { !ProcessCensus.isAlive(process) }
    first.leave()
    let second = try workshop.openBesideOthers()
    second.adopt(order)
    second.stop(order.id, cause: .cancelled, grace: .zero)
    #expect(try workshop.outcome(of: order.id).state == .cancelled)
    #expect(ProcessCensus.find(keys: [order.key]).isEmpty)
  }

  @Test func `two hundred tasks at once end as they should`() throws {
    let workshop = try Workshop()
    workshop.shell("sleep 0.3; exit $HEDDLE_EACH")
    let executor = try workshop.open(workers: 200)
    let orders = (0..<200).map { workshop.order(task: 0, index: $0, each: .integer(Int64($0 % 70))) }
    for order in orders { executor.start(order) }
    for (index, order) in orders.enumerated() {
      #expect(try workshop.outcome(of: order.id).exitCode == index % 70)
    }
  }

  @Test func `the peak memory of a task is its own`() throws {
    let workshop = try Workshop()
    workshop.shell("dd if=/dev/zero of=/dev/null bs=64M count=1 2>/dev/null")
    let peak = try #require(try workshop.run().peakMemory)
    #expect((64 << 20..<96 << 20).contains(peak))
  }

  @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
  func `a keeper leads a session of its own and lets signals to its owner pass`(number: Int32) throws {
    let workshop = try Workshop()
    workshop.shell("true")
    #expect(try workshop.run().state == .success)
    let keeper = try workshop.keeper()
    #expect(getsid(keeper.pid) == keeper.pid)
    #expect(keeper.pid != getsid(0))
    Glibc.kill(keeper.pid, number)
    #expect(try workshop.run(attempt: 2).state == .success)
    #expect(try workshop.keeper() == keeper)
    let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(keeper.pid)/fd")
    // 0, 1, 2, the folder, the journal, the socket, its connection, and the poller.
    #expect(descriptors.count == 8)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(keeper.pid)/cwd") == "/")
  }
}
