import Foundation
import MeshModel
import Planning
import TestKit
import Testing

@testable import Execution

struct LogSpoolTests {
  @Test func `a task that prints nothing leaves no log and no folder`() throws {
    let workshop = try Workshop()
    workshop.shell("true")
    let executor = try workshop.open()
    #expect(try workshop.run().state == .success)
    #expect(try workshop.run(attempt: 2).state == .success)
    #expect(try workshop.folder.files().filter { $0.hasPrefix("state/logs") } == [])
    #expect(try workshop.folder.files().filter { $0.hasPrefix("state/spool") }.count == 1)
    executor.shutDown()
    #expect(try workshop.folder.files().filter { $0.hasPrefix("state/spool") } == [])
  }

  @Test func `what a task left behind never writes to the log of another`() throws {
    let workshop = try Workshop()
    workshop.shell("(until [ -e go ]; do sleep 0.01; done; echo late; : > done) &")
    workshop.shell("until [ -e done ]; do : > go; sleep 0.01; done; echo mine")
    _ = try workshop.open(workers: 1)
    let first = workshop.order(task: 0)
    let second = workshop.order(task: 1)
    #expect(try workshop.run(first).state == .success)
    #expect(try workshop.run(second).state == .success)
    #expect(workshop.log(of: first) == "late\n")
    #expect(workshop.log(of: second) == "mine\n")
  }

  @Test func `a log can be read while its process runs`() throws {
    let workshop = try Workshop()
    workshop.shell("echo early; sleep 60")
    let executor = try workshop.open()
    let order = workshop.order(task: 0)
    executor.start(order)
    _ = try workshop.running(order.id)
    Workshop.wait { workshop.log(of: order) == "early\n" }
    executor.stop(order.id, cause: .cancelled, grace: .zero)
    #expect(try workshop.outcome(of: order.id).state == .cancelled)
    #expect(workshop.log(of: order) == "early\n")
  }

  @Test func `an unused log is used again, a used one is not`() throws {
    let folder = try TemporaryFolder()
    let spool = LogSpool(folder: folder.file("spool"))
    let first = try spool.take()
    spool.giveBack(first, keepAs: folder.file("logs/1.log"))
    let second = try spool.take()
    #expect(second.path == first.path)
    try Data("x".utf8).write(to: URL(fileURLWithPath: second.path))
    spool.giveBack(second, keepAs: folder.file("logs/2.log"))
    #expect(try spool.take().path != first.path)
    #expect(try folder.files().count == 2)
    #expect(try folder.text("logs/2.log") == "x")
  }

  @Test func `a log of an earlier owner is kept as long as somebody writes to it or may claim it`() throws {
    let folder = try TemporaryFolder()
    try folder.write("claimed", to: "spool/a-1")
    try folder.write("nobody's", to: "spool/a-2")
    try folder.write("written", to: "spool/a-3")
    let writer = try #require(FileHandle(forWritingAtPath: folder.file("spool/a-3")))
    let spool = LogSpool(folder: folder.file("spool"))
    spool.giveBack(try spool.take(), keepAs: folder.file("logs/0.log"))
    spool.claim(folder.file("spool/a-1"), as: folder.file("logs/1.log"))
    spool.claim(folder.file("spool/a-2"), as: folder.file("logs/1.log"))
    spool.claim(folder.file("spool/../secret"), as: folder.file("logs/2.log"))
    spool.clear()
    #expect(try folder.files() == ["logs/1.log", "spool/a-3"])
    #expect(try folder.text("logs/1.log") == "claimed")
    try writer.close()
  }

  @Test func `a log of an attempt that was left is there for the next owner`() throws {
    let folder = try TemporaryFolder()
    let spool = LogSpool(folder: folder.file("spool"))
    let left = try spool.take()
    try Data("x".utf8).write(to: URL(fileURLWithPath: left.path))
    spool.clear()
    let next = LogSpool(folder: folder.file("spool"))
    next.claim(left.path, as: folder.file("logs/1.log"))
    next.clear()
    #expect(try folder.files() == ["logs/1.log"])
  }
}
