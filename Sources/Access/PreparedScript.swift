import MeshModel
import SQLite

/// A script on a domain's connection, compiled when it is first run and kept. Used with that connection only.
public final class PreparedScript {
  public let text: String
  let script: Script
  /// The datasets of other domains that it names.
  let ports: [DatasetName]
  var domains: Set<String> { Set(ports.map(\.domain)) }
  /// The tables that it makes by a CREATE TABLE, and does not name before.
  public var madeTables: Set<String> { ScriptNames.made(in: script) }
  /// Those compiled so far; a statement is compiled only when the ones before it have run, as they may make
  /// its tables.
  var statements: [PreparedStatement] = []
  /// Where the next statement that is not compiled yet begins; nil: all are.
  var next: Int?
  private let bytes: [UInt8]

  /// A statement and the values it wants.
  struct PreparedStatement {
    var statement: Statement
    var start: Int
    var parameters: [(name: String, index: Int)]
    /// The number of the statement in the connection's ledger.
    var number: Int
  }

  init(_ text: String, domain: String, catalog: Catalog) throws(AccessError) {
    self.text = text
    script = Script(text)
    guard !script.holdsZeroByte else { throw AccessError(.syntax, "the text holds a zero byte") }
    ports = ScriptNames(script).pairs.filter {
      $0.domain != domain && catalog.datasets[$0] != nil && catalog.stores[$0.domain] != nil
    }.sorted()
    bytes = script.bytes + [0]
    next = script.startOfStatement(from: 0)
  }

  /// Compiles the next statement.
  func compileNext(on connection: Connection, _ ledger: PortLedger) throws(AccessError) {
    guard let start = next else { return }
    let statement: Statement
    let number = ledger.startStatement()
    do {
      statement = try bytes.withUnsafeBufferPointer { bytes throws(SQLiteError) in
        try connection.prepare(terminated: .init(rebasing: bytes[start...]), persistent: true)
      }
      if !ports.isEmpty {
        let text = Array("EXPLAIN ".utf8) + bytes[start..<start + statement.consumedBytes] + [0]
        let listing = try text.withUnsafeBufferPointer { text throws(SQLiteError) in
          try connection.prepare(terminated: text)
        }
        ledger.enter(try listing.readVirtualFilters())
      }
    } catch {
      throw AccessError(error, in: script, statementAt: start, shift: start)
    }
    var parameters: [(name: String, index: Int)] = []
    for index in 1...max(1, statement.parameterCount) where index <= statement.parameterCount {
      guard let name = statement.parameterName(index) else {
        throw AccessError(.other, "a value is bound by name, as ':name', and not by '?'", offset: start)
      }
      parameters.append((String(name.dropFirst()), index))
    }
    statements.append(.init(statement: statement, start: start, parameters: parameters, number: number))
    next = script.startOfStatement(from: start + statement.consumedBytes)
  }
}
