import Basics
import TestKit
import Testing

@testable import CommandLine

/// Commands over a real record: shell tasks run in this process.
@Suite struct RecordTests {
  /// A project whose pipeline `d/p` has daily partitions, a task that writes and one that fails on one day.
  final class Shop {
    let project: TemporaryProject
    var session: ProgramSession

    init() throws {
      project = try TemporaryProject.domain([
        "p": """
        description: Two steps a day.
        partition: daily
        schedule: {cron: "0 6 * * *", start: 2025-01-01, end: 2025-01-04}
        params: {size: {type: integer, default: 1, minimum: 1}}
        tasks:
          make:
            run: 'echo "made $HEDDLE_PARTITION of $HEDDLE_PARAM_SIZE"; printf "\\033[2Jclear\\n"'
            writes: d.things
          use:
            run: 'echo one; echo two; test "$HEDDLE_PARTITION" != 2025-01-02'
            reads: d.things
            each: [a, b]
        """,
        "quiet": "tasks: {only: {run: 'exit 0'}}\n",
      ])
      session = ProgramSession(directory: project.root)
      session.clock = SystemClock()
    }

    func heddle(_ words: String...) -> ProgramSession.Answer { session.heddle(words) }

    func json(_ words: String...) throws -> JSONValue {
      let answer = session.heddle(words + ["--json"])
      return try JSONValue(parsing: answer.out.utf8)
    }
  }

  @Test func `a run is followed to its end and can be looked at`() throws {
    let shop = try Shop()
    let run = shop.heddle("run", "d/p")
    #expect(run.code == .success, "\(run.err)")
    #expect(run.out.hasPrefix("✓ success  run 1  d/p@2025-01-03  3 tasks in "))
    #expect(run.err.hasPrefix("partition 2025-01-03, the latest complete one\n"))
    #expect(run.err.contains("✓ success  d/p.use[b]@2025-01-03  "))
    #expect(shop.heddle("runs").out.hasPrefix("1\tsuccess\td/p\t2025-01-03\tmanual\t"))
    #expect(shop.heddle("runs", "--quiet").out == "1\n")
    #expect(shop.heddle("show", "1").out.contains("\nuse[b]\tsuccess\t1\t"))
    #expect(shop.heddle("show", "d/p@2025-01-03").out == shop.heddle("show", "1").out)
    #expect(shop.heddle("show", "d/p.use[b]@2025-01-03").out.contains("use[b]"))
    #expect(shop.heddle("logs", "1", "make").out == "made 2025-01-03 of 1\n\u{1B}[2Jclear\n")
    #expect(shop.heddle("logs", "1", "use[b]").out == "one\ntwo\n")
    #expect(shop.heddle("logs", "d/p").out.contains("use[a]\tone\n"))
    shop.session.columns = 80
    #expect(shop.heddle("logs", "1", "make").out == "made 2025-01-03 of 1\n[2Jclear\n")
  }

  @Test func `a failure shows its log and ends with 1`() throws {
    let shop = try Shop()
    let run = shop.heddle("run", "d/p", "--partition", "2025-01-02", "--param", "size=2")
    #expect(run.code == .failed)
    #expect(run.out.contains("3 tasks: 1 success, 2 failed in "))
    #expect(run.err.contains("✕ failed  d/p.use[a]@2025-01-02"))
    #expect(run.err.contains("\n  | one\n  | two\n  log: \(shop.project.state)/logs/1/use/0/1.log\n"))
    #expect(
      run.err.hasSuffix("next: heddle logs 1 'use[a]'\n")
        || run.err.hasSuffix("next: heddle logs 1 'use[b]'\n"))
    let status = shop.heddle("status")
    #expect(status.code == .success)
    #expect(status.out.hasPrefix("failed\td/p\t1\t2025-01-02\t"))
    #expect(status.out.contains("\nnever_run\td/quiet\t-\t"))
    #expect(shop.heddle("runs", "status:failed", "--quiet").out == "1\n")
    #expect(shop.heddle("runs", "status:success", "--quiet").out == "")
    #expect(shop.heddle("runs", "d/quiet", "--quiet").out == "")
  }

  @Test func `a backfill makes what is missing, once`() throws {
    let shop = try Shop()
    let words = ["backfill", "d/p", "--from", "2025-01-01", "--to", "2025-01-03"]
    let plan = shop.session.heddle(words + ["--plan"])
    #expect(plan.code == .success)
    #expect(plan.out == "+ make\td/p\t3\t2025-01-01..2025-01-03\tall\tit is in the range\n")
    #expect(!shop.project.folder.exists(".heddle/heddle.db"))
    let unasked = shop.session.heddle(words)
    #expect(unasked.code == .usage)
    #expect(unasked.err.contains("help: add --yes, or see the plan with --plan"))
    let first = shop.session.heddle(words + ["--yes", "--exclude", "d/p.use"])
    #expect(first.code == .success, "\(first.err)")
    #expect(first.out.hasPrefix("✓ success  backfill b1  3 runs, 3 tasks in "))
    let second = shop.session.heddle(words + ["--yes", "--exclude", "d/p.use"])
    #expect(second.code == .success)
    #expect(second.out == "nothing to do: 3 partitions are good and stay\n")
    #expect(
      shop.heddle("mark", "d.things@2025-01-02", "missing").out
        == "'d.things@2025-01-02' is marked missing\n")
    let third = shop.session.heddle(words + ["--yes", "--exclude", "d/p.use", "--json"])
    #expect(third.code == .success, "\(third.err)")
    let value = try JSONValue(parsing: third.out.utf8)
    #expect(value["runs"]?.array?.first?["name"] == .string("d/p@2025-01-02"))
    #expect(value["runs"]?.array?.count == 1)
    let all = shop.session.heddle(words + ["--mode", "all", "--yes", "--exclude", "d/p.use"])
    #expect(all.code == .conflict)
    #expect(all.err.contains("add --overwrite 3"))
    #expect(shop.heddle("show", "b1").out.contains("3: 3 success"))
    #expect(shop.heddle("show", "d.things").out.contains("3 of 3 are there"))
  }

  @Test func `a person is asked, and only yes is yes`() throws {
    let shop = try Shop()
    shop.session.columns = 100
    shop.session.inputIsTerminal = true
    for (said, code) in [("n\n", ExitCode.usage), ("", .usage), ("y\n", .success)] {
      shop.session.input = said
      let answer = shop.heddle("backfill", "d/quiet")
      #expect(answer.code == code)
      #expect(answer.err.contains("1 run with 1 task, about 1m00s with 4 workers, a guess. Start? [y/N] "))
    }
  }

  @Test(arguments: [
    (["run", "d/nothing"], ExitCode.notFound), (["run", "d/p.nothing"], .notFound),
    (["run", "d/p", "--partition", "2024-01-01"], .usage), (["run", "d/p", "--partition", "x"], .usage),
    (["run", "d/p", "--param", "size=0"], .usage), (["run", "d/quiet", "--partition", "2025"], .usage),
    (["backfill", "d/p", "--plan"], .usage), (["backfill", "e/*", "--plan"], .notFound),
    (
      ["backfill", "d/*", "--from", "2025-01-01", "--to", "2025-01-02", "--param", "sise=2", "--plan"], .usage
    ),
    (["show", "7"], .notFound), (["show", "b7"], .notFound), (["show", "d/x"], .notFound),
    (["show", "d.x"], .notFound), (["show", "d.things@2025-01-01"], .notFound), (["show", "e"], .notFound),
    (["show", "d/p.x"], .notFound), (["show", "d/p@2025-01-01"], .notFound), (["logs", "7"], .notFound),
    (["logs", "d/p"], .notFound), (["runs", "d/x"], .notFound), (["status", "x/*"], .notFound),
    (["mark", "d.x@2025-01-01", "missing"], .notFound),
    (["mark", "d.things@2025-01-01", "missing"], .notFound),
    (["mark", "d.things", "success"], .usage), (["mark", "d.things@2025", "success"], .usage),
  ])
  func `what is not there, or makes no sense, has its exit code`(words: [String], code: ExitCode) throws {
    let shop = try Shop()
    let answer = shop.session.heddle(words)
    #expect(answer.code == code, "\(answer.out)\(answer.err)")
    #expect(answer.err.hasPrefix("error: "))
    #expect(answer.out == "")
    let json = shop.session.heddle(words + ["--json"])
    #expect(try JSONValue(parsing: json.err.utf8)["exit"] == .integer(Int64(code.rawValue)))
  }

  @Test func `every command answers in JSON with its schema`() throws {
    let shop = try Shop()
    #expect(try shop.json("run", "d/p")["schema"] == .string("heddle.run/v1"))
    let backfill = ["backfill", "d/quiet", "--json"]
    #expect(
      try JSONValue(parsing: shop.session.heddle(backfill + ["--plan"]).out.utf8)["plan"]?["runs"]
        == .integer(1))
    #expect(
      try JSONValue(parsing: shop.session.heddle(backfill + ["--yes"]).out.utf8)["backfill"] == .string("b1"))
    let nothing = try JSONValue(parsing: shop.session.heddle(backfill + ["--yes"]).out.utf8)
    #expect(nothing["state"] == .string("nothing_to_do"))
    for words in [
      ["runs"], ["status"], ["show", "1"], ["show", "b1"], ["show", "d"], ["show", "d/p"],
      ["show", "d/p.use"],
      ["show", "d.things"], ["show", "d.things@2025-01-03"], ["logs", "1"],
      ["mark", "d.things@2025-01-03", "missing"],
      ["graph"], ["lineage", "d.things"], ["check"], ["version"], ["help"], ["completion", "bash"],
      ["completion", "tasks"],
    ] {
      let answer = shop.session.heddle(words + ["--json"])
      #expect(answer.code == .success, "\(words): \(answer.err)")
      let value = try JSONValue(parsing: answer.out.utf8)
      #expect(value["schema"] == .string("heddle.\(words[0])/v1"))
      #expect(answer.err == "")
    }
  }

  @Test func `before anything was run there is nothing to see, and that is no failure`() throws {
    let shop = try Shop()
    #expect(shop.heddle("runs").err == "no runs yet; make one: heddle run PIPELINE\n")
    #expect(shop.heddle("runs").code == .success)
    #expect(shop.heddle("status").code == .success)
    #expect(!shop.project.folder.exists(".heddle"))
  }

  @Test func `the state may lie elsewhere`() throws {
    let shop = try Shop()
    let other = try TemporaryFolder()
    #expect(shop.heddle("run", "d/quiet", "--state", other.file("a")).code == .success)
    shop.session.environment = ["HEDDLE_STATE": other.file("a")]
    #expect(shop.heddle("runs", "--quiet").out == "1\n")
    #expect(!shop.project.folder.exists(".heddle"))
  }
}
