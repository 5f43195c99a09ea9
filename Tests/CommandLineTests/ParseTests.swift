import Basics
import MeshModel
import TestKit
import Testing

@testable import CommandLine

@Suite struct ParseTests {
  struct Mistake: CustomTestStringConvertible {
    var words: [String]
    var message: String
    var help: String?
    var testDescription: String { words.joined(separator: " ") }

    init(_ words: String, _ message: String, help: String? = nil) {
      self.words = words.split(separator: " ").map(String.init)
      self.message = message
      self.help = help
    }
  }

  @Test(arguments: [
    Mistake("", "which command?", help: "see all of them: heddle help"),
    Mistake("--quiet", "which command?", help: "see all of them: heddle help"),
    Mistake("rnu", "there is no command 'rnu'", help: "did you mean 'heddle run'?"),
    Mistake("backfil", "there is no command 'backfil'", help: "did you mean 'heddle backfill'?"),
    Mistake("dance", "there is no command 'dance'", help: "see all of them: heddle help"),
    Mistake("help rnu", "there is no command 'rnu'", help: "did you mean 'heddle run'?"),
    Mistake(
      "run --worker 3 a/b", "unknown option '--worker' of 'heddle run'", help: "did you mean '--workers'?"),
    Mistake("run -w a/b", "unknown option '-w' of 'heddle run'", help: "see: heddle help run"),
    Mistake("run --workers 3 --workers 4 a/b", "option '--workers' is given twice", help: "give it once"),
    Mistake("run --quiet a/b --quiet", "option '--quiet' is given twice", help: "give it once"),
    Mistake("run a/b --workers", "option '--workers' needs a value", help: "write --workers=N"),
    Mistake("run a/b --workers --quiet", "option '--workers' needs a value", help: "write --workers=N"),
    Mistake("run a/b --json=yes", "option '--json' takes no value", help: "write --json alone"),
    Mistake("run a/b --workers 0", "option '--workers' needs a whole number from 1 to 1024, not '0'"),
    Mistake("run a/b --workers x", "option '--workers' needs a whole number from 1 to 1024, not 'x'"),
    Mistake(
      "run a/b --workers 99999999999999999999",
      "option '--workers' needs a whole number from 1 to 1024, not '99999999999999999999'"),
    Mistake("run", "'heddle run' needs PIPELINE[.TASK]", help: "see: heddle help run"),
    Mistake("run a/b c", "'heddle run' does not expect 'c'", help: "see: heddle help run"),
    Mistake(
      "run nonsense", "'nonsense' is neither a pipeline nor a task",
      help: "write domain/pipeline or domain/pipeline.task"),
    Mistake("run a/b --param x", "'--param x' has no value", help: "write --param NAME=VALUE"),
    Mistake("run a/b --param X=1", "'X' is no name of a param", help: "write --param NAME=VALUE"),
    Mistake("run a/b --param x=1 --param x=2", "param 'x' is given twice", help: "give it once"),
    Mistake(
      "backfill a/b --from 2013-01-01", "'heddle backfill' needs --to too",
      help: "name a partition, such as --to 2013-01-31"),
    Mistake(
      "backfill a/b --from 1 --to 2 --mode mising", "option '--mode' cannot be 'mising'",
      help: "did you mean 'missing'?"),
    Mistake(
      "backfill a/b --from 1 --to 2 --mode broken", "option '--mode' cannot be 'broken'",
      help: "one of: missing, failed, missing+failed, stale, all"),
    Mistake(
      "backfill a/b --from 1 --to 2 --plan --yes",
      "'--plan' starts nothing, so there is nothing to say yes to", help: "give one of them"),
    Mistake(
      "backfill a/b --from 1 --to 2 --overwrite 3", "only '--mode all' replaces good partitions",
      help: "add --mode all, or drop --overwrite"),
    Mistake(
      "check --format=json5", "option '--format' cannot be 'json5'", help: "did you mean 'json'?"),
    Mistake("check --explain x dags", "'--explain' stands alone", help: "write: heddle check --explain CODE"),
    Mistake(
      "lineage flights", "'flights' is neither a dataset nor a column",
      help: "write domain.dataset or domain.dataset.column"),
    Mistake("lineage a.b --up -1", "option '--up' needs a whole number from 0 to 10000, not '-1'"),
    Mistake(
      "mark a.b@1 sucess", "'sucess' is no state to mark with", help: "did you mean 'success'?"),
    Mistake("mark a.b@1 failed", "a partition cannot be 'failed'", help: "mark it 'missing' or 'success'"),
    Mistake(
      "mark a/b missing", "'a/b' is neither a partition of a dataset nor a task of a run",
      help: "write domain.dataset@partition, 412/task or domain/pipeline.task@partition"),
    Mistake(
      "logs operations.flights", "'operations.flights' is no run",
      help: "write its number, domain/pipeline, or domain/pipeline@partition"),
    Mistake("show ???", "'???' is no name of anything"),
    Mistake("completion tcsh", "there is no script for 'tcsh'", help: "one of: bash, zsh, fish"),
    Mistake("version now", "'heddle version' does not expect 'now'", help: "see: heddle help version"),
  ])
  func `a mistake in the words is one sentence and its cure`(mistake: Mistake) {
    let answer = ProgramSession().heddle(mistake.words)
    #expect(answer.code == .usage)
    #expect(answer.out == "")
    let lines = answer.err.split(separator: "\n").map(String.init)
    #expect(lines.first == "error: " + mistake.message)
    if let help = mistake.help { #expect(lines.dropFirst().first == "help: " + help) }
  }

  @Test func `options are found before and after operands, with and without a sign`() throws {
    let words = ["--workers=3", "a/b.c", "--param", "x=1=2", "--param=y=", "--partition", "2013-01-05"]
    let command = try RunCommand(Arguments(words, of: RunCommand.description))
    #expect(command.pipeline.description == "a/b")
    #expect(command.task == "c")
    #expect(command.workers == 3)
    #expect(command.partition == "2013-01-05")
    #expect(command.params.values == ["x": "1=2", "y": ""])
  }

  @Test func `two dashes end the options and one dash is an operand`() throws {
    let arguments = try Arguments(["--", "--json", "-h"], of: CheckCommand.description)
    #expect(arguments.operands == ["--json", "-h"])
    #expect(try Arguments(["-"], of: CheckCommand.description).operands == ["-"])
  }

  @Test func `options of every command may stand before its name`() throws {
    let answer = ProgramSession().heddle("--json", "--state", "version", "version")
    #expect(answer.code == .success)
    #expect(try JSONValue(parsing: answer.out.utf8)["schema"] == .string("heddle.version/v1"))
  }

  @Test func `a mistake is a JSON object on the error output when JSON was asked for`() throws {
    let answer = ProgramSession().heddle("run", "--worker", "--json")
    #expect(answer.code == .usage)
    #expect(answer.out == "")
    let value = try JSONValue(parsing: answer.err.utf8)
    #expect(value["schema"] == .string("heddle.error/v1"))
    #expect(value["code"] == .string("usage"))
    #expect(value["exit"] == .integer(2))
    #expect(value["help"] == .string("did you mean '--workers'?"))
  }

  @Test func `two formats at once are refused`() {
    let answer = ProgramSession().heddle("graph", "--json", "--format", "dot")
    #expect(answer.code == .usage)
    #expect(answer.err.contains("'--json' and '--format dot' exclude each other"))
  }

  @Test func `a mistake never brings control characters to the terminal`() {
    let answer = ProgramSession(columns: 80).heddle("\u{1B}[31mrun\u{7}\u{202E}")
    #expect(!answer.err.dropFirst(30).unicodeScalars.contains { $0 == "\u{7}" || $0 == "\u{202E}" })
    #expect(answer.err.contains("'[31mrun'"))
  }

  @Test(arguments: [
    ("NO_COLOR", "1", false), ("TERM", "dumb", false), ("TERM", "xterm", true), ("NO_COLOR", "", true),
  ])
  func `colours are for terminals that want them`(name: String, value: String, coloured: Bool) {
    var session = ProgramSession()
    session.environment = [name: value]
    #expect(!session.heddle("nonsense").err.contains("\u{1B}"))
    session.columns = 80
    #expect(session.heddle("nonsense").err.contains("\u{1B}") == coloured)
    #expect(!session.heddle("nonsense", "--no-color").err.contains("\u{1B}"))
  }

  @Test(arguments: [
    ("412", Reference.run(412)), ("b12", .backfill(12)), ("operations", .domain("operations")),
    ("a/b", .pipeline(.init(domain: "a", name: "b"), partition: nil)),
    ("a/b@2013-W05", .pipeline(.init(domain: "a", name: "b"), partition: "2013-W05")),
    ("a.b@2013-01-31T05:00", .dataset(.init(domain: "a", name: "b"), partition: "2013-01-31T05:00")),
    ("a/b.c", .task(.init(pipeline: .init(domain: "a", name: "b"), task: "c"), each: nil, partition: nil)),
    (
      "a/b.c[x@]y]@2013",
      .task(.init(pipeline: .init(domain: "a", name: "b"), task: "c"), each: "x@]y", partition: "2013")
    ),
  ])
  func `names are told apart by their form`(text: String, reference: Reference) {
    #expect(Reference(text) == reference)
  }

  @Test(arguments: [
    "", "0", "-1", "+4", "a/b@", "A/b", "a/b/c", "a.b.c", "@x", "a@1", "a/b.c[x", "a/b.c[x]y",
  ])
  func `what has no form names nothing`(text: String) { #expect(Reference(text) == nil) }
}
