import MeshModel
import SQLite

/// Compiles a domain's SQL in an empty mesh in memory, to learn what it reads and writes; nothing is run.
///
/// Datasets are made known by `define`; their tables are made when a script names them. What a script makes
/// itself (CREATE TABLE, CREATE VIEW ...) is there for its later statements, and gone with its end: whoever
/// wants others to see it defines it. One thread at a time.
public final class DomainCompiler {
  public let domain: String
  private var definitions: [DatasetName: Definition] = [:]
  /// Those of this domain, by name.
  private var own: [String: Definition] = [:]
  var stage: CompilerStage
  /// Bytes that compiling may take: what refers to itself again and again grows without end.
  private static let mostMemory = 256 << 20

  struct Definition {
    var columns: [Column]
    var key: [String]
  }

  public init(domain: String) throws(AccessError) {
    self.domain = domain
    stage = try CompilerStage(domain: domain)
  }

  /// Makes a dataset known, of this domain or another, in place of what was known before.
  ///
  /// - Parameter key: columns that identify a row of an own dataset, so that `ON CONFLICT` can name them.
  public func define(_ dataset: DatasetName, columns: [Column], key: [String] = []) {
    let definition = columns.isEmpty ? nil : Definition(columns: columns, key: key)
    definitions[dataset] = definition
    if dataset.domain == domain { own[dataset.name] = definition }
    stage.forget(dataset)
  }

  /// The footprint of every statement of a script, in order; the first mistake is thrown.
  public func footprints(of script: String) throws(AccessError) -> [StatementFootprint] {
    let script = Script(script)
    guard !script.holdsZeroByte else { throw AccessError(.syntax, "the text holds a zero byte") }
    let workGuard = WorkGuard(bytes: Self.mostMemory, signal: nil)
    defer { workGuard.end() }
    do { return try footprints(of: script) } catch {
      switch WorkGuard.refusal {
      case .memory?: throw AccessError(.overLimit, "the SQL is too big to be compiled", offset: error.offset)
      case .depth?: throw AccessError(.overLimit, "the SQL is nested too deep", offset: error.offset)
      case .over?, nil: throw error
      }
    }
  }

  private func footprints(of script: Script) throws(AccessError) -> [StatementFootprint] {
    stage = try stage.set(for: ScriptNames(script), own: own, definitions: definitions)
    let reader = FootprintReader(script: script, stage: stage, definitions: definitions)
    defer { stage.strike() }
    return try reader.footprints()
  }
}
