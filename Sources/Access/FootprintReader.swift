import MeshModel
import SQLite

/// Reads the footprints of one script on a stage that is set for it.
struct FootprintReader {
  let script: Script
  let stage: CompilerStage
  let definitions: [DatasetName: DomainCompiler.Definition]

  /// Room before the script for the word that makes SQLite list a statement's program instead of running it.
  static let explain = Array("EXPLAIN ".utf8)

  func footprints() throws(AccessError) -> [StatementFootprint] {
    var buffer = Self.explain + script.bytes + [0]
    var footprints: [StatementFootprint] = []
    var position = 0
    while let start = script.startOfStatement(from: position) {
      try checkFirstWord(at: start)
      let kept = buffer[start..<start + Self.explain.count]
      buffer.replaceSubrange(start..<start + Self.explain.count, with: Self.explain)
      var (footprint, program) = try compile(buffer, at: start)
      buffer.replaceSubrange(start..<start + Self.explain.count, with: kept)
      try fill(&footprint, from: program)
      try answers(of: &footprint, in: buffer)
      try apply(&footprint, program, in: buffer)
      footprints.append(footprint)
      position = footprint.bytes.upperBound
    }
    return footprints
  }

  /// What the authorizer is not asked about.
  private func checkFirstWord(at start: Int) throws(AccessError) {
    guard let word = script.token(from: start), word.kind == .word else { return }
    let name = script.name(of: word)
    if name == "vacuum" || name == "explain" {
      throw AccessError(
        .forbidden, "\(name.uppercased()) is not allowed in a task's SQL", offset: start)
    }
  }

  /// Compiles the statement with EXPLAIN before it, and takes the reads and writes together.
  private func compile(_ buffer: [UInt8], at start: Int) throws(AccessError)
    -> (StatementFootprint, ProgramReading)
  {
    var listed = try list(buffer, at: start)
    let makes = stage.witness.schemaChanges.filter { $0.action == .createTable }.map(\.name)
    // The script's own CREATE TABLE says more than what others know of the table.
    if let name = makes.first(where: { stage.standsUntouched($0) }) {
      stage.drop(name, kind: "TABLE")
      listed = try list(buffer, at: start)
    }
    return listed
  }

  private func list(_ buffer: [UInt8], at start: Int) throws(AccessError)
    -> (StatementFootprint, ProgramReading)
  {
    stage.witness.begin()
    stage.gatekeeper.begin()
    do {
      return try buffer.withUnsafeBufferPointer { bytes throws(SQLiteError) in
        let statement = try stage.connection.prepare(terminated: .init(rebasing: bytes[start...]))
        let end = start + statement.consumedBytes - Self.explain.count
        var footprint = StatementFootprint(bytes: start..<min(max(start, end), script.bytes.count))
        let changes = stage.witness.schemaChanges
        let makesTable = changes.contains { $0.action == .createTable }
        let program = try statement.readProgram(keepingTexts: makesTable)
        footprint.isReadOnly = statement.isReadOnly
        footprint.parameters = (1...max(1, statement.parameterCount)).prefix(statement.parameterCount).map {
          statement.parameterName($0).map { String($0.dropFirst()) }
        }
        return (footprint, program)
      }
    } catch {
      throw mistake(error, at: start)
    }
  }

  func mistake(_ error: SQLiteError, at start: Int, shift: Int? = nil) -> AccessError {
    if let refusal = stage.gatekeeper.refusal {
      return AccessError(.forbidden, refusal, offset: start, code: error.extendedCode)
    }
    return AccessError(
      error, in: script, statementAt: start, shift: shift ?? start - Self.explain.count)
  }
}
