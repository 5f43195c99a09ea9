import SQLite

/// Decides what a task's SQL may do on the connection of its domain, while SQLite compiles it.
///
/// It is an allow-list. Reads of other domains' columns need no rule here: what is not granted is not there.
final class Gatekeeper {
  let domain: String
  /// Heddle's own statements may do everything. Switched by us around each of them, never by the SQL.
  var isTrusted = false
  /// Told everything that is allowed and names a table.
  var witness: ((AuthorizationRequest) -> Void)?
  /// The first thing refused since `begin`, in words.
  private(set) var refusal: String?
  /// The statement has been seen to change the schema, which makes SQLite read and write `sqlite_schema`
  /// itself.
  private var changesSchema = false

  init(domain: String) { self.domain = domain }

  /// Before each statement that is compiled or run, as SQLite may compile it anew.
  func begin() {
    refusal = nil
    changesSchema = false
  }

  func allows(_ request: AuthorizationRequest) -> Bool {
    if isTrusted { return true }
    if let reason = objection(to: request) {
      if refusal == nil { refusal = reason }
      return false
    }
    witness?(request)
    return true
  }

  /// Why not; nil: go on.
  private func objection(to request: AuthorizationRequest) -> String? {
    switch request.action {
    case .select, .recursion: nil
    case .read: objection(toReading: request)
    case .function:
      Self.forbiddenFunctions.contains(request.second?.lowercased() ?? "")
        ? "the function '\(request.second ?? "")' is not allowed in a task's SQL" : nil
    case .insert, .update, .delete: objection(toWriting: request)
    case .createTable, .createIndex, .createView, .createTrigger, .dropTable, .dropIndex, .dropView,
      .dropTrigger, .reindex, .analyze:
      objection(toChanging: [request.first, request.second], in: request.database)
    case .alterTable: objection(toChanging: [request.second], in: request.first)
    case .pragma:
      Self.allowedPragmas.contains(request.first?.lowercased() ?? "")
        ? nil : "the pragma '\(request.first ?? "")' is not allowed in a task's SQL"
    case let action: "\(Self.words[action] ?? "this statement") is not allowed in a task's SQL"
    }
  }

  private func objection(toReading request: AuthorizationRequest) -> String? {
    let table = request.first?.lowercased() ?? ""
    if Self.isOwn(table) { return "'\(table)' is Heddle's own and cannot be read by a task" }
    if table.hasPrefix("sqlite_") || table.hasPrefix("pragma_") || request.database == "temp" {
      // SQLite asks for this to declare a virtual table, at times of its own choosing; it tells nothing.
      if request.second == "ROWID", request.database == domain, table == "sqlite_master" { return nil }
      // What ANALYZE writes and reads, of the own store.
      if table.hasPrefix("sqlite_stat"), request.database == domain { return nil }
      if changesSchema, request.database == domain || request.database == "temp" { return nil }
      return "'\(table)' cannot be read by a task"
    }
    if request.second == "ROWID", let database = request.database, database != domain, database != "main" {
      return "the rows of '\(database).\(table)' have no row number outside their domain"
    }
    return nil
  }

  private func objection(toWriting request: AuthorizationRequest) -> String? {
    let table = request.first?.lowercased() ?? ""
    guard request.database == domain else {
      // SQLite asks for this to declare a virtual table, at times of its own choosing; it tells nothing.
      if request.second == "ROWID", request.database == domain, table == "sqlite_master" { return nil }
      if changesSchema, request.database == "temp" { return nil }
      return "'\(request.database ?? "").\(table)' belongs to another domain and cannot be written"
    }
    if Self.isOwn(table) { return "'\(table)' is Heddle's own and cannot be written by a task" }
    guard table.hasPrefix("sqlite_") else { return nil }
    // Every change of the schema asks for these; SQLite itself refuses a direct write, as the connection is
    // hardened.
    if table == "sqlite_master" || table == "sqlite_schema" || table.hasPrefix("sqlite_stat") { return nil }
    return changesSchema ? nil : "'\(table)' cannot be written by a task"
  }

  private func objection(toChanging names: [String?], in database: String?) -> String? {
    guard database == domain else {
      return "the tables of '\(database ?? "")' belong to another domain and cannot be changed"
    }
    for name in names.compactMap({ $0?.lowercased() }) where Self.isOwn(name) {
      return "names that begin with '_heddle_' are Heddle's own"
    }
    changesSchema = true
    return nil
  }

  private static func isOwn(_ table: String) -> Bool { table.hasPrefix("_heddle_") }

  private static let forbiddenFunctions: Set<String> = ["load_extension", "fts3_tokenizer"]

  /// Those that show the shape of the own store, or bind checks to the transaction's end.
  private static let allowedPragmas: Set<String> = [
    "defer_foreign_keys", "foreign_key_check", "foreign_key_list", "index_info", "index_list", "index_xinfo",
    "table_info", "table_xinfo",
  ]

  private static let words: [AuthorizationRequest.Action: String] = [
    .attach: "ATTACH", .detach: "DETACH", .savepoint: "SAVEPOINT",
    .transaction: "BEGIN, COMMIT or ROLLBACK", .createVirtualTable: "CREATE VIRTUAL TABLE",
    .dropVirtualTable: "dropping a virtual table", .temporary: "a temporary table, index, view or trigger",
  ]
}
