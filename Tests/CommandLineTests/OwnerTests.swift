import Basics
import MeshModel
import Orchestration
import Records
import TestKit
import Testing
import Threads

@testable import CommandLine

/// Commands that speak to another process that owns the state.
@Suite struct OwnerTests {
  let project: TemporaryProject
  let session: ProgramSession
  static let quiet = PipelineName(domain: "d", name: "quiet")

  init() throws {
    project = try TemporaryProject.domain([
      "quiet": "tasks: {only: {run: 'exit 0', writes: d.things}}\n",
      "daily": """
      partition: daily
      schedule: {cron: "0 6 * * *", start: 2025-01-01, end: 2025-01-04}
      tasks: {make: {run: 'exit 0', writes: d.days}}
      """,
    ])
    var session = ProgramSession(directory: project.root)
    session.clock = SystemClock()
    self.session = session
  }

  @Test func `a run is followed through the record to its end`() throws {
    let office = try FakeOwner.Office(project.root) { request, scribe in
      scribe.begin(7, Self.quiet)
      scribe.begin(8, Self.quiet)
      scribe.end(8, .failed)
      scribe.end(7)
      return .accepted(runs: [7], backfill: nil)
    }
    let answer = session.heddle("run", "d/quiet")
    #expect(answer.code == .success, "\(answer.err)")
    #expect(answer.out.hasPrefix("✓ success  run 7  d/quiet  1 task in "))
    #expect(answer.err.hasPrefix("run 7 in the daemon (process 42); Ctrl-C leaves it running\n"))
    #expect(answer.err.contains("✓ success  d/quiet.only  "))
    #expect(!answer.err.contains("failed"))
    #expect(
      office.owner.asked.withLock { $0 } == [
        .run(pipeline: Self.quiet, task: nil, partition: nil, params: [:])
      ])
    office.close()
  }

  @Test func `a run that fails there fails here`() throws {
    let office = try FakeOwner.Office(project.root) { _, scribe in
      scribe.begin(1, Self.quiet)
      scribe.end(1, .failed)
      return .accepted(runs: [1], backfill: nil)
    }
    let answer = session.heddle("run", "d/quiet", "--json")
    #expect(answer.code == .failed)
    let value = try JSONValue(parsing: answer.out.utf8)
    #expect(value["schema"] == .string("heddle.run/v1"))
    #expect(value["state"] == .string("failed"))
    office.close()
  }

  @Test func `who is told to detach does not wait`() throws {
    #expect(session.heddle("run", "d/quiet", "--detach").code == .noDaemon)
    let office = try FakeOwner.Office(project.root) { _, scribe in
      scribe.begin(3, Self.quiet)
      return .accepted(runs: [3], backfill: nil)
    }
    let answer = session.heddle("run", "d/quiet", "--detach")
    #expect(answer.code == .success)
    #expect(answer.out == "run 3 started\n")
    #expect(answer.err == "next: heddle show 3, or heddle cancel 3\n")
    #expect(session.heddle("run", "d/quiet", "--local").code == .conflict)
    office.close()
  }

  @Test func `Ctrl-C leaves a followed run running, and says how to end it`() throws {
    let office = try FakeOwner.Office(project.root) { _, scribe in
      scribe.begin(3, Self.quiet)
      return .accepted(runs: [3], backfill: nil)
    }
    var session = session
    session.interrupts = OneInterrupt()
    let answer = session.heddle("run", "d/quiet")
    #expect(answer.code == .interrupted)
    #expect(answer.err.hasSuffix("run 3 goes on, in the daemon (process 42); to end it: heddle cancel 3\n"))
    office.close()
  }

  @Test func `an owner that goes away is noticed`() throws {
    let gate = Mailbox<Bool>()
    let office = try FakeOwner.Office(project.root) { _, scribe in
      scribe.begin(3, Self.quiet)
      gate.post(true)
      return .accepted(runs: [3], backfill: nil)
    }
    let closing = try WorkerThread(name: "closing") { [closer = Closer(office)] in
      _ = gate.take()
      closer.office.close()
    }
    let answer = session.heddle("run", "d/quiet")
    closing.join()
    #expect(answer.code == .noDaemon)
    #expect(answer.err.contains("error: "))
  }

  @Test func `a backfill asks with the plan's digest, and follows its runs as they come`() throws {
    let office = try FakeOwner.Office(project.root) { request, scribe in
      guard case .backfill(let asked) = request else {
        return .refused(kind: .invalid, message: "?", help: nil)
      }
      guard asked.from == "2025-01-01", !asked.plan.isEmpty else {
        return .refused(kind: .conflict, message: "the plan is stale", help: nil)
      }
      scribe.commit(
        .backfillCreated(
          BackfillRecord(
            id: 5, request: asked.words, runs: 2, maxActive: nil, createdAt: scribe.clock.now)))
      for run: RunID in [1, 2] {
        scribe.begin(run, Self.quiet, backfill: 5)
        scribe.end(run)
      }
      scribe.commit(.backfillFinished(5, .success, at: scribe.clock.now))
      return .accepted(runs: [], backfill: 5)
    }
    let words = ["backfill", "d/daily", "--to", "2025-01-02", "--yes", "--from"]
    let answer = session.heddle(words + ["2025-01-01"])
    #expect(answer.code == .success, "\(answer.err)")
    #expect(answer.out.hasPrefix("✓ success  backfill b5  2 runs, 2 tasks in "))
    let stale = session.heddle(words + ["2025-01-02"])
    #expect(stale.code == .conflict)
    #expect(stale.err.hasSuffix("error: the plan is stale\n"))
    office.close()
  }

  @Test func `what changes the state is asked of its owner`() throws {
    let office = try FakeOwner.Office(project.root) { request, scribe in
      switch request {
      case .markInstance(let run, let task, let index, _): .done("\(run) \(task) \(index)")
      case .cancel(.run(404)): .refused(kind: .notFound, message: "there is no run 404", help: "look")
      default: .done("done")
      }
    }
    office.scribe.begin(1, Self.quiet)
    office.scribe.begin(2, Self.quiet)
    #expect(session.heddle("cancel", "1").out == "done\n")
    #expect(session.heddle("cancel", "b3", "--quiet").out == "b3\n")
    #expect(session.heddle("cancel", "404").code == .notFound)
    #expect(session.heddle("cancel", "404").err == "error: there is no run 404\nhelp: look\n")
    #expect(session.heddle("cancel", "d/*").code == .usage)
    #expect(session.heddle("cancel", "d/*", "--yes").out == "done\n")
    #expect(session.heddle("cancel", "d/daily@2025-01-01").code == .notFound)
    #expect(session.heddle("pause", "d/quiet").out == "done\n")
    #expect(session.heddle("resume", "b3").out == "done\n")
    #expect(session.heddle("pause", "12").code == .usage)
    #expect(session.heddle("mark", "d.things", "missing").out == "done\n")
    #expect(session.heddle("mark", "1/only", "skipped").out == "1 only 0\n")
    #expect(session.heddle("mark", "d/quiet.only", "success").out == "2 only 0\n")
    #expect(session.heddle("mark", "1/only", "missing").code == .usage)
    #expect(session.heddle("mark", "1/other", "success").code == .notFound)
    let value = try JSONValue(parsing: session.heddle("cancel", "1", "--json").out.utf8)
    #expect(value["schema"] == .string("heddle.cancel/v1"))
    #expect(value["targets"]?.array?.first?["run"] == .integer(1))
    #expect(
      office.owner.asked.withLock { $0 }.contains(.cancel(.pipeline(Self.quiet))))
    office.close()
  }

  @Test func `status says who is at work`() throws {
    #expect(!session.heddle("status").err.contains("at work"))
    let office = try FakeOwner.Office(project.root) { _, _ in .done("") }
    #expect(
      session.heddle("status").err
        == "a daemon is at work: heddle 9.9.9, process 42, since 1970-01-01 00:00:00Z\n")
    let value = try JSONValue(parsing: session.heddle("status", "--json").out.utf8)
    #expect(value["owner"]?["pid"] == .integer(42))
    office.close()
    let none = try JSONValue(parsing: session.heddle("status", "--json").out.utf8)
    #expect(none["owner"] == .null)
  }

  @Test func `a state that was served is left to a daemon`() throws {
    do {
      let office = try FakeOwner.Office(project.root) { _, _ in .done("") }
      office.close()
    }
    try project.write("", to: "/.heddle/served")
    let answer = session.heddle("run", "d/quiet")
    #expect(answer.code == .noDaemon)
    #expect(answer.err.contains("--local"))
    #expect(session.heddle("status").err == "no daemon is at work; start it: heddle serve\n")
  }

  @Test func `a log is followed until its attempt is final`() throws {
    let gate = Mailbox<Bool>()
    let office = try FakeOwner.Office(project.root) { request, scribe in
      scribe.begin(1, Self.quiet)
      return .accepted(runs: [1], backfill: nil)
    }
    _ = session.heddle("run", "d/quiet", "--detach")
    let path = "/.heddle/logs/1/only/0/1.log"
    try project.write("one\nhal", to: path)
    #expect(session.heddle("logs", "1").out == "one\nhal\n")
    let writing = try WorkerThread(name: "writing") { [project, closer = Closer(office)] in
      _ = gate.take()
      try? project.write("one\nhalf\ntwo", to: path)
      closer.office.scribe.end(1)
    }
    // Once the first lines are out, the rest is written.
    var session = session
    session.onOutput = { gate.post(true) }
    let answer = session.heddle("logs", "1", "-f")
    writing.join()
    #expect(answer.code == .success, "\(answer.err)")
    #expect(answer.out == "one\nhalf\ntwo\n")
    let json = session.heddle("logs", "1", "--follow", "--json").out.split(separator: "\n")
    #expect(json.count == 3)
    #expect(try JSONValue(parsing: json[1].utf8)["line"] == .string("half"))
    office.close()
  }

  @Test func `a log whose run nobody runs is not waited for`() throws {
    let office = try FakeOwner.Office(project.root) { _, _ in .done("") }
    office.scribe.begin(1, Self.quiet)
    office.close()
    #expect(session.heddle("logs", "1", "-f").code == .noDaemon)
  }
}

/// Somebody presses Ctrl-C as soon as anybody listens.
struct OneInterrupt: InterruptSource {
  func watch(_ told: @escaping @Sendable (Int) -> Void) { told(1) }
}

/// Lets another thread hold the office.
private struct Closer: @unchecked Sendable {
  let office: FakeOwner.Office
  init(_ office: FakeOwner.Office) { self.office = office }
}
