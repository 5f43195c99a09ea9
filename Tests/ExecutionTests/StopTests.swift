import Foundation
import Basics
import Execution
import MeshModel
import Planning
import TestKit
import Testing
import Threads

struct StopTests {
  /// Starts a script that says `ready` when it is, and waits for that.
  private func start(_ script: String) throws -> (Workshop, LocalExecutor, AttemptOrder, ProcessIdentity) {
    let workshop = try Workshop()
    workshop.shell(script)
    let executor = try workshop.open()
    let order = workshop.order(task: 0)
    executor.start(order)
    let identity = try workshop.running(order.id)
    workshop.wait(for: "ready", inLogOf: order)
    return (workshop, executor, order, identity)
  }

  @Test(arguments: [
    (StopCause.cancelled, AttemptState.cancelled, "was cancelled"),
    (.timedOut, .timedOut, "ran longer than its timeout"),
  ])
  func `a stop ends the process within its grace`(cause: StopCause, state: AttemptState, text: String) throws
  {
    let (workshop, executor, order, identity) = try start("echo ready; sleep 60")
    executor.stop(order.id, cause: cause, grace: .seconds(60))
    let outcome = try workshop.outcome(of: order.id)
    #expect(outcome.state == state)
    #expect(outcome.reason?.text == text)
    #expect(outcome.signal == 15)
    #expect(!ProcessCensus.isAlive(identity))
  }

  @Test func `a process that ignores the request is killed after the grace`() throws {
    let (workshop, executor, order, identity) = try start("trap '' TERM; echo ready; sleep 60; sleep 60")
    executor.stop(order.id, cause: .timedOut, grace: .milliseconds(50))
    let outcome = try workshop.outcome(of: order.id)
    #expect(outcome.state == .timedOut)
    #expect(outcome.reason?.text == "ran longer than its timeout and was killed after its grace")
    #expect(!ProcessCensus.isAlive(identity))
    #expect(ProcessCensus.members(leader: identity.pid, key: order.key).isEmpty)
  }

  @Test func `a second stop without grace kills at once`() throws {
    let (workshop, executor, order, _) = try start("trap '' TERM; echo ready; sleep 60; sleep 60")
    executor.stop(order.id, cause: .cancelled, grace: .seconds(600))
    executor.stop(order.id, cause: .timedOut, grace: .zero)
    let outcome = try workshop.outcome(of: order.id)
    #expect(outcome.state == .cancelled)
    #expect(outcome.signal == 9)
  }

  @Test(arguments: [
    "sleep 60 & echo ready; wait",
    "(trap '' TERM; sleep 60) & echo ready; wait",
    "setsid sleep 60 & echo ready; wait",
    "set -m; sleep 60 & echo ready; wait",
    "(setsid sh -c 'trap \"\" TERM; sleep 60; sleep 60' &) ; echo ready; sleep 60",
    "(sleep 60 &) ; trap 'exit 0' TERM; echo ready; sleep 60 & wait",
    "exec sh -c 'trap \"\" TERM; env -i sleep 60 & echo ready; wait'",
  ])
  func `a stop leaves no process of the attempt behind`(script: String) throws {
    let (workshop, executor, order, identity) = try start(script)
    #expect(!ProcessCensus.members(leader: identity.pid, key: order.key).isEmpty)
    executor.stop(order.id, cause: .cancelled, grace: .milliseconds(60))
    #expect(try workshop.outcome(of: order.id).state == .cancelled)
    #expect(ProcessCensus.members(leader: identity.pid, key: order.key).isEmpty)
  }

  @Test func `a process that ended by itself is not called stopped`() throws {
    let workshop = try Workshop()
    workshop.shell("exit 4")
    let executor = try workshop.open()
    let order = workshop.order(task: 0)
    executor.start(order)
    #expect(try workshop.outcome(of: order.id).exitCode == 4)
    executor.stop(order.id, cause: .cancelled, grace: .zero)
    executor.shutDown()
    #expect(workshop.reports.take(until: 0).isEmpty)
  }

  @Test func `an attempt that is stopped before a worker is free never starts`() throws {
    let workshop = try Workshop()
    workshop.shell("echo ready; sleep 60")
    workshop.shell("echo never")
    let executor = try workshop.open(workers: 1)
    let first = workshop.order(task: 0)
    let second = workshop.order(task: 1)
    executor.start(first)
    // By then the one worker waits for it.
    _ = try workshop.running(first.id)
    executor.start(second)
    executor.stop(second.id, cause: .cancelled, grace: .zero)
    executor.stop(first.id, cause: .cancelled, grace: .zero)
    #expect(try workshop.outcome(of: second.id).state == .cancelled)
    #expect(workshop.log(of: second) == "")
  }

  @Test func `shutting down kills what still runs and reports it`() throws {
    let (workshop, executor, order, identity) = try start("trap '' TERM; echo ready; sleep 60; sleep 60")
    executor.shutDown()
    #expect(try workshop.outcome(of: order.id).state == .cancelled)
    #expect(!ProcessCensus.isAlive(identity))
  }

  @Test func `what a process leaves in the background after its own end is let alone`() throws {
    let workshop = try Workshop()
    workshop.shell("sleep 60 & echo $!")
    #expect(try workshop.run().state == .success)
    let pid = try #require(
      Int32(workshop.log(of: workshop.order(task: 0)).trimmingCharacters(in: .whitespacesAndNewlines)))
    let left = try #require(ProcessCensus.identity(of: pid))
    #expect(ProcessCensus.kill(workshop.order(task: 0).key, process: left) == (true, true))
    #expect(!ProcessCensus.isAlive(left))
  }
}
