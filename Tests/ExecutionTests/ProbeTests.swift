import Basics
import Diagnostics
import MeshModel
import Planning
import TestKit
import Testing

@testable import Execution

/// What a look at something that a task waits for finds.
@Suite struct ProbeTests {
  /// What the look says: `met`, the reason, or why it failed.
  private func answer(
    _ condition: WaitTask.Condition, in workshop: Workshop, partition: PartitionInterval? = nil
  ) throws -> String {
    workshop.add("wait", .wait(WaitTask(condition: condition)))
    let executor = try workshop.open()
    let task = workshop.pipeline.tasks.count - 1
    let context = workshop.context(task: task, partition: partition)
    let attempt = AttemptID(instance: context.instance, number: 1)
    executor.probe(ProbeOrder(attempt: attempt, context: context, since: Instant(seconds: 1_359_600_000)))
    let answer: ProbeAnswer = try workshop.next {
      if case .probed(attempt, let answer) = $0 { answer } else { nil }
    }
    return switch answer {
    case .met: "met"
    case .notYet(let reason, let after): reason.text + (after.map { ", \($0.declaredText)" } ?? "")
    case .failed(let outcome): "failed: \(outcome.reason?.text ?? "")"
    }
  }

  @Test func `a file is there or is not`() throws {
    let workshop = try Workshop()
    #expect(try answer(.file(.literal(.text("dags"))), in: workshop) == "'dags' is not there")
    try workshop.folder.write("", to: "project/dags/x")
    let sql = ValueExpression.sql(workshop.text("SELECT 'dags/x'"))
    #expect(try answer(.file(sql), in: workshop) == "met")
  }

  @Test(arguments: [
    ("1 = 1", "met"), ("0", "its SQL does not hold"), ("SELECT NULL", "its SQL does not hold"),
    ("SELECT 1 WHERE 0", "its SQL does not hold"), ("SELECT 'x' || :partition = 'x2013-01-05'", "met"),
  ])
  func `a condition holds as in 'when'`(sql: String, expected: String) throws {
    let workshop = try Workshop()
    let condition = WaitTask.Condition.sql(workshop.text(sql))
    #expect(try answer(condition, in: workshop, partition: Workshop.day(5)) == expected)
  }

  @Test func `SQL that is wrong fails the wait`() throws {
    let workshop = try Workshop()
    let absent = try answer(.sql(workshop.text("SELECT absent")), in: workshop)
    #expect(absent.hasPrefix("failed: no such column"))
    let file = ValueExpression.sql(workshop.text("SELECT 1, 2"))
    #expect(try answer(.file(file), in: workshop).hasPrefix("failed: the value must be one row"))
  }

  @Test(arguments: [
    ("2013-01-31", "met"), ("9999-01-01T00:00:00Z", "it is not 9999-01-01 00:00:00Z yet, 5m"),
    ("soon", "failed: 'soon' is no moment: write 06:30, 2013-01-31 06:30, or 2013-01-31 06:30:00Z for UTC"),
  ])
  func `a moment is waited for, but not trusted for longer than some minutes`(
    text: String, expected: String
  ) throws {
    let workshop = try Workshop()
    #expect(try answer(.until(.literal(.text(text))), in: workshop) == expected)
  }

  @Test func `a web address that nobody answers at is said so, without its secrets`() throws {
    let workshop = try Workshop()
    let address = "http://user:word@127.0.0.1:1/path?token=x"
    let said = try answer(.http(.literal(.text(address))), in: workshop)
    let expected = [
      "'http://127.0.0.1:1/path' cannot be reached: nobody listens there",
      "failed: a wait for the web runs 'curl', which is not installed",
    ]
    #expect(expected.contains(said), "\(said)")
  }

  @Test func `an address is not among the words of a call, which others see`() throws {
    let folder = try TemporaryFolder()
    // Says with what it was called, and what it was told.
    try folder.write(
      """
      #!/bin/sh
      echo "$@" > \(folder.file("words"))
      for told; do :; done
      cat "$told" > \(folder.file("told"))
      ls -l "$told" | cut -c 1-10 >> \(folder.file("told"))
      printf 200
      """, to: "bin/curl")
    try folder.makeExecutable("bin/curl")
    let path = "\(folder.file("bin")):/usr/bin:/bin"
    let probe = WebProbe(folder: folder.file("tmp")) { $0 == "PATH" ? path : nil }
    let answer = try probe.answer(
      from: #"https://me:word@h/"x\y"?token=s"#, as: "look", control: AttemptControl())
    guard case .met = answer else {
      Issue.record("\(answer)")
      return
    }
    let words = try folder.text("words")
    #expect(!words.contains("token") && !words.contains("word@"), "\(words)")
    #expect(try folder.text("told") == #"url = "https://me:word@h/\"x\\y\"?token=s""# + "\n-rw-------\n")
    #expect(try folder.files().filter { $0.hasPrefix("tmp/") } == [])
    #expect(throws: AttemptFailure.self) {
      try probe.answer(from: "http://h/\0", as: "look", control: AttemptControl())
    }
  }

  @Test(arguments: [
    ("https://u:p@h/x?y#z", "https://h/x"), ("http://h", "http://h"), ("http://h/a@b", "http://h/a@b"),
  ])
  func `an address is shown without what may be secret`(address: String, shown: String) {
    #expect(WebProbe.shown(address) == shown)
  }
}
