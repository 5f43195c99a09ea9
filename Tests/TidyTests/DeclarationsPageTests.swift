import Declarations
import TestKit
import Testing

/// The page of declarations is made from the table that the reader checks against.
struct DeclarationsPageTests {
  @Test func `the page of declarations holds every key of the table`() throws {
    let lines = KeyTable.markdown.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    try GeneratedPart.expect(lines, in: "keys", of: "Sources/heddle/Documentation.docc/Declarations.md")
  }
}
