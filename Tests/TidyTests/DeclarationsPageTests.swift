import Declarations
import TestKit
import Testing

/// The page of declarations is made from the table that the reader checks against.
struct DeclarationsPageTests {
  @Test func `the page of declarations holds every key of the table`() throws {
    var lines: [String] = []
    for section in KeyTable.sections {
      lines += [
        "## \(Self.escaped(section.title))", "", "| key | type | default | meaning |", "|---|---|---|---|",
      ]
      for key in section.keys {
        let standard = key.isRequired ? "required" : Self.escaped(key.defaultText)
        lines.append(
          "| `\(key.name)` | \(Self.escaped(key.type.words)) | \(standard) | \(Self.escaped(key.meaning)) |")
      }
      lines.append("")
    }
    try GeneratedPart.expect(lines, in: "keys", of: "Sources/heddle/Documentation.docc/Declarations.md")
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("|", with: "\\|")
  }
}
