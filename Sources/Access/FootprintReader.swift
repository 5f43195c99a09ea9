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
      var footprint = try compile(&buffer, at: start)
      if !footprint.resultColumns.isEmpty { try fillCasts(of: &footprint) }
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
      throw AccessError(.forbidden, "\(name.uppercased()) is not allowed in a task's SQL", offset: start)
    }
  }

  private func compile(_ buffer: inout [UInt8], at start: Int) throws(AccessError) -> StatementFootprint {
    var footprint = try prepare(buffer, at: start)
    // The script's own CREATE TABLE says more than what others know of the table.
    let makes = stage.witness.schemaChanges.filter { $0.action == .createTable }.map(\.name)
    if let name = makes.first(where: { stage.standsUntouched($0) }) {
      stage.drop(name, kind: "TABLE")
      footprint = try prepare(buffer, at: start)
    }
    let program = needsProgram(footprint) ? try list(&buffer, at: start) : ProgramReading()
    try fill(&footprint, from: program)
    try apply(&footprint, program, in: buffer)
    return footprint
  }

  /// Compiles the statement under the eyes of the witness.
  private func prepare(_ buffer: [UInt8], at start: Int) throws(AccessError) -> StatementFootprint {
    stage.witness.begin()
    stage.gatekeeper.begin()
    do {
      let statement = try buffer.withUnsafeBufferPointer { bytes throws(SQLiteError) in
        try stage.connection.prepare(
          terminated: .init(rebasing: bytes[(start + Self.explain.count)...]))
      }
      let end = min(max(start, start + statement.consumedBytes), script.bytes.count)
      var footprint = StatementFootprint(bytes: start..<end)
      footprint.isReadOnly = statement.isReadOnly
      footprint.parameters = (0..<statement.parameterCount).map {
        statement.parameterName($0 + 1).map { String($0.dropFirst()) }
      }
      footprint.resultColumns = (0..<statement.columnCount).map { column(statement, $0) }
      return footprint
    } catch {
      throw mistake(error, at: start)
    }
  }

  /// Whether the statement may read what the authorizer is not asked about: columns joined by USING or
  /// NATURAL, rows copied whole by INSERT ... SELECT *, own tables of which no column is used (it cannot tell
  /// them from names of WITH), and whatever views, triggers, keys and computed columns the script has made.
  /// Listing a program takes as long as compiling it, so it is done only then.
  private func needsProgram(_ footprint: StatementFootprint) -> Bool {
    let witness = stage.witness
    if witness.changedSchema || !witness.schemaChanges.isEmpty { return true }
    if witness.bareReads.contains(where: stage.standsUntouched) { return true }
    if script.bytes[footprint.bytes].contains(UInt8(ascii: "*")), witness.inserts { return true }
    var position = footprint.bytes.lowerBound
    while let token = script.token(from: position), token.start < footprint.bytes.upperBound {
      position = token.end
      if token.kind == .word, script.isWord(token, "using") || script.isWord(token, "natural") { return true }
    }
    return false
  }

  /// The program of the statement, as EXPLAIN lists it.
  private func list(_ buffer: inout [UInt8], at start: Int) throws(AccessError) -> ProgramReading {
    let range = start..<start + Self.explain.count
    let kept = Array(buffer[range])
    buffer.replaceSubrange(range, with: Self.explain)
    defer { buffer.replaceSubrange(range, with: kept) }
    let makesTable = stage.witness.schemaChanges.contains { $0.action == .createTable }
    do {
      return try stage.trusted {
        try stage.enterTrees()
        return try buffer.withUnsafeBufferPointer { bytes throws(SQLiteError) in
          try stage.connection.prepare(terminated: .init(rebasing: bytes[start...])).readProgram(
            keepingTexts: makesTable)
        }
      }
    } catch let error as SQLiteError {
      throw mistake(error, at: start, shift: start - Self.explain.count)
    } catch {
      throw AccessError(.other, "\(error)", offset: start)
    }
  }

  func mistake(_ error: SQLiteError, at start: Int, shift: Int? = nil) -> AccessError {
    if let refusal = stage.gatekeeper.refusal {
      return AccessError(.forbidden, refusal, offset: start, code: error.extendedCode)
    }
    return AccessError(error, in: script, statementAt: start, shift: shift ?? start)
  }
}
