import SQLite
import TestKit
import Testing

@Suite struct MigrationTests {
  private let first = Migration(number: 1, script: "CREATE TABLE a (x)")
  private let second = Migration(number: 2, script: "ALTER TABLE a ADD COLUMN y; CREATE TABLE b (z)")

  private func tables(_ connection: Connection) throws -> Int64 {
    try connection.integer(of: "SELECT count(*) FROM sqlite_schema")
  }

  @Test func `a file goes through each migration once`() throws {
    let connection = try Connection(path: "", mode: .memory)
    #expect(try connection.schemaNumber == 0)
    try connection.migrate([first])
    try connection.migrate([first])
    #expect(try connection.schemaNumber == 1)
    try connection.migrate([first, second])
    #expect(try connection.schemaNumber == 2)
    #expect(try tables(connection) == 2)
  }

  @Test func `a migration that fails leaves the schema before it`() throws {
    let connection = try Connection(path: "", mode: .memory)
    let broken = Migration(number: 2, script: "CREATE TABLE c (x); CREATE TABLE a (x)")
    #expect(throws: SQLiteError.self) { try connection.migrate([first, broken]) }
    #expect(try connection.schemaNumber == 0)
    #expect(try tables(connection) == 0)
    try connection.migrate([first])
    #expect(throws: SQLiteError.self) { try connection.migrate([first, broken]) }
    #expect(try connection.schemaNumber == 1)
    #expect(try tables(connection) == 1)
    #expect(!connection.isInTransaction)
  }

  @Test func `a file that has gone further is refused`() throws {
    let connection = try Connection(path: "", mode: .memory)
    try connection.migrate([first, second])
    #expect(throws: NewerSchema(found: 2, known: 1)) { try connection.migrate([first]) }
  }

  @Test(arguments: ["", "plain", "naïve 🧵", "with\u{0}zero"])
  func `bytes go in and come out as text`(_ text: String) throws {
    let statement = try Connection(path: "", mode: .memory).prepare("SELECT ?1, typeof(?1), NULL")
    statement.bind(utf8: Array(text.utf8), at: 1)
    #expect(try statement.step())
    #expect(statement.text(0) == text)
    #expect(statement.text(1) == "text")
    #expect(statement.withUTF8(0) { $0.map { Array($0) } } == Array(text.utf8))
    #expect(statement.withUTF8(2) { $0 == nil })
  }
}
