import MeshModel
import SQLite

/// The connection on which a domain's SQL is compiled, and the tables that stand there now.
final class CompilerStage {
  /// Each CREATE looks through the whole schema, so a stage that has grown this big is left for a new one.
  static let mostTables = 64

  let domain: String
  let connection: Connection
  let gatekeeper: Gatekeeper
  let witness = FootprintWitness()
  /// Tables whose trees are not in `pages` yet.
  private var unentered: [String: DomainCompiler.Definition] = [:]
  /// The tables behind root pages of the main database.
  var pages: [Int: PageShape] = [:]
  private var own: Set<String> = []
  /// The ports of each attached domain.
  private var ports: [String: Set<String>] = [:]
  private var schemas = PortSchemas()
  private let known = PortShapes()
  /// Views that the script has made; they are seen through.
  var views: Set<String> = []
  private var isSpoiled = false

  init(domain: String) throws(AccessError) {
    self.domain = domain
    gatekeeper = Gatekeeper(domain: domain)
    do {
      connection = try Connection(path: "", mode: .memory, mainName: domain)
    } catch {
      throw AccessError(error)
    }
    connection.harden()
    connection.dropModules(except: ["json_each", "json_tree"])
    connection.register(module: PortRules.module) { [known, witness] schema, table in
      let dataset = DatasetName(domain: schema, name: table)
      return known.columns[dataset].map { EmptyPort(dataset: dataset, columns: $0, witness: witness) }
    }
    connection.setAuthorizer(isAsked: { [gatekeeper] in !gatekeeper.isTrusted }) { [gatekeeper] request in
      gatekeeper.allows(request)
    }
    gatekeeper.witness = { [witness] request in witness.note(request, domain: domain) }
  }

  private var tableCount: Int { own.count + ports.values.reduce(0) { $0 + $1.count } }

  /// The stage with every known dataset that a script names; this one, or a new one in its place.
  func set(
    for names: ScriptNames, own: [String: DomainCompiler.Definition],
    definitions: [DatasetName: DomainCompiler.Definition]
  )
    throws(AccessError) -> CompilerStage
  {
    let stage = isSpoiled || tableCount > Self.mostTables ? try CompilerStage(domain: domain) : self
    do {
      try stage.makeOwn(names, own)
      try stage.makePorts(names, definitions)
    } catch let error as AccessError {
      throw error
    } catch let error as SQLiteError {
      throw AccessError(error)
    } catch {
      throw AccessError(.other, "\(error)")
    }
    return stage
  }

  /// Takes a table away whose definition changes.
  func forget(_ dataset: DatasetName) {
    if dataset.domain == domain {
      guard own.contains(dataset.name) else { return }
      drop(dataset.name, kind: "TABLE")
    } else if ports[dataset.domain]?.remove(dataset.name) != nil {
      trusted { try? connection.execute("DROP TABLE \(dataset.sqlName)") }
      known.columns[dataset] = nil
    }
  }

  /// Takes away what a script made or changed.
  func strike() {
    guard witness.changedSchema else { return }
    witness.changedSchema = false
    let found: [(kind: String, name: String)]? = trusted {
      var found: [(String, String)] = []
      guard
        let statement = try? connection.prepare(
          "SELECT type, name FROM sqlite_schema WHERE type IN ('view', 'table') ORDER BY type DESC")
      else { return nil }
      while let more = try? statement.step(), more { found.append((statement.text(0), statement.text(1))) }
      return found
    }
    guard let found else { return isSpoiled = true }
    for (kind, name) in found where !name.hasPrefix("sqlite_") {
      if !own.contains(name) || witness.touched.contains(name) { drop(name, kind: kind) }
    }
    own.subtract(witness.touched)
    witness.touched.removeAll()
    views.removeAll()
  }

  /// Whether a table is there by definition, and the script has not made or changed it itself.
  func standsUntouched(_ name: String) -> Bool { own.contains(name) && !witness.touched.contains(name) }

  /// Tables and views of the main database as they are now.
  func tableNames() throws(SQLiteError) -> Set<String> {
    Set(try rows("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')", []).map { $0[0] })
  }

  func trusted<Result>(_ body: () throws -> Result) rethrows -> Result {
    gatekeeper.isTrusted = true
    defer { gatekeeper.isTrusted = false }
    return try body()
  }

  func drop(_ name: String, kind: String) {
    do {
      try trusted { try connection.execute("DROP \(kind) \(name.sqlName)") }
      own.remove(name)
      unentered[name] = nil
      forgetTrees(of: name)
    } catch {
      isSpoiled = true
    }
  }

  /// Enters the trees of all tables that are there by definition.
  func enterTrees() throws(SQLiteError) {
    guard !unentered.isEmpty else { return }
    for tree in try rows("SELECT name, rootpage FROM sqlite_schema WHERE type = 'table'", []) {
      guard let definition = unentered[tree[0]], let page = Int(tree[1]) else { continue }
      if definition.key.isEmpty {
        pages[page] = PageShape(table: tree[0], columns: definition.columns.map(\.name))
      } else {
        try enter(tree[0])
      }
    }
    unentered.removeAll()
  }

  func forgetTrees(of table: String) { pages = pages.filter { $0.value.table != table } }

  private func makeOwn(
    _ names: ScriptNames, _ definitions: [String: DomainCompiler.Definition]
  ) throws {
    for word in names.words {
      guard let definition = definitions[word], !own.contains(word) else { continue }
      var parts = definition.columns.map(\.declaration)
      if !definition.key.isEmpty {
        parts.append("UNIQUE (\(definition.key.map(\.sqlName).joined(separator: ", ")))")
      }
      try trusted {
        try connection.execute("CREATE TABLE \(word.sqlName) (\(parts.joined(separator: ", ")))")
      }
      unentered[word] = definition
      own.insert(word)
    }
  }

  private func makePorts(
    _ names: ScriptNames, _ definitions: [DatasetName: DomainCompiler.Definition]
  ) throws {
    let wanted = names.pairs.filter { $0.domain != domain && definitions[$0] != nil }
    let changes = try trusted { try schemas.attach(Set(wanted.map(\.domain)), on: connection) }
    for domain in changes.gone { ports[domain] = nil }
    for domain in changes.new { ports[domain] = [] }
    for dataset in wanted where ports[dataset.domain]?.contains(dataset.name) == false {
      known.columns[dataset] = definitions[dataset]?.columns
      try trusted {
        try connection.execute("CREATE VIRTUAL TABLE \(dataset.sqlName) USING \(PortRules.module)")
      }
      ports[dataset.domain]?.insert(dataset.name)
    }
  }
}

/// The columns of the ports that may be made; the module answers no others.
private final class PortShapes {
  var columns: [DatasetName: [Column]] = [:]
}

extension Column {
  /// As in CREATE TABLE.
  var declaration: String { type == .any ? name.sqlName : "\(name.sqlName) \(type.declaration)" }
}
