import Basics
import TestKit
import Testing

@testable import CommandLine

@Suite struct HelpTests {
  static let commands = CommandTable.all.map { $0.description }

  @Test(arguments: commands.map(\.name))
  func `the help of a command is as its golden file has it`(name: String) {
    let answer = ProgramSession().heddle("help", name)
    #expect(answer.code == .success)
    #expect(answer.err == "")
    Snapshot.expect(answer.out, matches: "help/\(name).txt")
  }

  @Test func `the overview is as its golden file has it`() {
    let answer = ProgramSession().heddle("help")
    #expect(answer.code == .success)
    Snapshot.expect(answer.out, matches: "help/overview.txt")
  }

  @Test(arguments: commands.map(\.name))
  func `help leads with examples and names every option`(name: String) throws {
    let command = try CommandTable.require(name).description
    let lines = command.help.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0] == "heddle \(command.name): \(command.summary)")
    #expect(lines[2] == "Examples:")
    for option in command.options {
      let line = "  --\(option.name)" + (option.value.map { " " + $0 } ?? "") + " "
      #expect(command.help.contains("\n" + line), "\(line)")
    }
    #expect(lines.allSatisfy { $0.count <= 110 })
  }

  @Test(arguments: commands.map(\.name))
  func `--help and -h say what help says, whatever else is given`(name: String) throws {
    let command = try CommandTable.require(name).description
    let expected = ProgramSession().heddle("help", command.name).out
    #expect(ProgramSession().heddle(command.name, "--help").out == expected)
    #expect(ProgramSession().heddle(command.name, "a", "b", "c", "-h").out == expected)
    #expect(ProgramSession().heddle("--help", command.name).out == expected)
  }

  @Test(arguments: commands)
  func `help offers another machine's daemon only to what one can carry out`(command: CommandDescription) {
    let ending = RemoteRules.all.contains(command.name) ? HelpText.options : HelpText.localOptions
    #expect(command.help.hasSuffix(ending))
  }

  @Test func `help as JSON holds every command`() throws {
    let answer = ProgramSession().heddle("help", "--json")
    let value = try JSONValue(parsing: answer.out.utf8)
    #expect(value["schema"] == .string("heddle.help/v1"))
    #expect(value["commands"]?.array?.count == Self.commands.count)
  }

  @Test func `every command of the design's issue is in the table`() {
    let names = Set(Self.commands.map(\.name))
    #expect(
      names.isSuperset(of: [
        "init", "check", "graph", "lineage", "run", "backfill", "status", "runs", "show", "logs", "mark",
        "version", "completion",
      ]))
    #expect(names.count == Self.commands.count)
  }
}
