@testable import CommandLine
import Foundation
import MeshModel
import TestKit
import Testing

/// The pages of the catalog say what the code says.
struct PageTests {
  private static let catalog = "Sources/heddle/Documentation.docc/"

  @Test func `the page of commands holds every command's help`() throws {
    var lines: [String] = []
    for group in CommandTable.groups {
      for command in group.commands.map({ $0.description }) {
        lines += ["## heddle \(command.name)", "", "```"]
        lines += command.help.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        lines += ["```", ""]
      }
    }
    try GeneratedPart.expect(lines, in: "commands", of: Self.catalog + "Commands.md")
  }

  @Test func `the page of states holds the legal transitions`() throws {
    let page = Self.catalog + "States.md"
    try GeneratedPart.expect(
      Self.rows(of: "RunState", RunState.allCases) { $0.mayBecome($1) }, in: "runs", of: page)
    try GeneratedPart.expect(
      Self.rows(of: "InstanceState", InstanceState.allCases) { $0.mayBecome($1) }, in: "instances", of: page)
    try GeneratedPart.expect(
      Self.rows(of: "AttemptState", AttemptState.allCases) { $0.mayBecome($1) }, in: "attempts", of: page)
    try GeneratedPart.expect(
      Self.rows(of: "BackfillState", BackfillState.allCases) { $0.mayBecome($1) }, in: "backfills", of: page)
  }

  @Test func `every room has its part in the page of the architecture`() throws {
    let page = try PackageRoot.text(Self.catalog + "Architecture.md")
    let rooms = try PackageRoot.text("Package.swift").matches(of: /\n +\(?\s*"([A-Z]\w+)",\s*\[/).map { $0.1 }
    #expect(rooms.count > 10)
    for room in rooms {
      let begin = try #require(page.range(of: "\n### \(room)\n"), "the page has no part on \(room)")
      let rest = page[begin.upperBound...]
      let part = rest[..<(rest.range(of: "\n### ")?.lowerBound ?? rest.endIndex)]
      #expect(part.contains("*Testing:*"), "the part on \(room) does not say how it is tested")
    }
  }

  private static func rows<State: RawRepresentable<String>>(
    of type: String, _ states: [State], mayBecome: (State, State) -> Bool
  ) throws -> [String] {
    let movers = try movers(of: type)
    let rows = states.map { state in
      let next = states.filter { mayBecome(state, $0) }.map { "`\($0.rawValue)`" }.joined(separator: ", ")
      let mover = next.isEmpty ? "nobody: it is final" : movers[state.rawValue] ?? ""
      #expect(!mover.isEmpty, "nothing in States.swift says who moves \(type) out of '\(state.rawValue)'")
      return "| `\(state.rawValue)` | \(mover) | \(next) |"
    }
    return ["| state | who moves it out | may become |", "|---|---|---|"] + rows
  }

  /// What the comments of the states say.
  private static func movers(of type: String) throws -> [String: String] {
    let source = try PackageRoot.text("Sources/MeshModel/States.swift")
    let begin = try #require(source.range(of: "enum \(type):"))
    let rest = source[begin.upperBound...]
    var comment = ""
    var result: [String: String] = [:]
    for line in rest[..<(rest.range(of: "\n}\n")?.lowerBound ?? rest.endIndex)].split(separator: "\n") {
      let text = line.drop { $0 == " " }
      if text.hasPrefix("/// ") {
        comment += (comment.isEmpty ? "" : " ") + text.dropFirst(4)
      } else {
        if text.hasPrefix("case "), !text.hasPrefix("case .") { result[String(text.dropFirst(5))] = comment }
        comment = ""
      }
    }
    return result
  }
}
