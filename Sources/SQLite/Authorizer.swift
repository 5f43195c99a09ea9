import CSQLite

/// What a statement asks leave for while SQLite compiles it.
public struct AuthorizationRequest: Sendable {
  /// What it wants to do.
  public enum Action: Hashable, Sendable {
    case select, read, function, recursion
    case insert, update, delete
    /// Tables, indexes, views and triggers of a database file.
    case createTable, createIndex, createView, createTrigger
    case dropTable, dropIndex, dropView, dropTrigger
    case alterTable, reindex, analyze
    /// Anything that lives in the temporary database.
    case temporary
    case createVirtualTable, dropVirtualTable
    case pragma, attach, detach, transaction, savepoint
    case unknown
  }

  public var action: Action
  public var first: String?
  public var second: String?
  /// The database by the name SQL has for it; for a read of no column, as written.
  public var database: String?
  /// The innermost trigger or view that is the cause.
  public var source: String?
}

/// Decides what a statement may do, and is told everything it does.
final class Authorizer {
  let isAsked: () -> Bool
  let decide: (AuthorizationRequest) -> Bool

  init(isAsked: @escaping () -> Bool, decide: @escaping (AuthorizationRequest) -> Bool) {
    self.isAsked = isAsked
    self.decide = decide
  }
}

extension Connection {
  /// From now on every statement that is compiled asks `decide` for each of its actions; false refuses the
  /// statement. Nil: nothing is asked. SQLite asks again when it compiles a statement anew by itself.
  ///
  /// - Parameter isAsked: while it says no, everything is allowed, and the request's words are not even read.
  public func setAuthorizer(
    isAsked: @escaping () -> Bool = { true }, _ decide: ((AuthorizationRequest) -> Bool)?
  ) {
    guard let decide else {
      sqlite3_set_authorizer(handle, nil, nil)
      authorizer = nil
      return
    }
    let box = Authorizer(isAsked: isAsked, decide: decide)
    sqlite3_set_authorizer(
      handle,
      { context, action, first, second, database, source in
        guard let context else { return SQLITE_DENY }
        let box = Unmanaged<Authorizer>.fromOpaque(context).takeUnretainedValue()
        guard box.isAsked() else { return SQLITE_OK }
        let request = AuthorizationRequest(
          action: .init(action), first: first.map { String(cString: $0) },
          second: second.map { String(cString: $0) },
          database: database.map { String(cString: $0) }, source: source.map { String(cString: $0) })
        return box.decide(request) ? SQLITE_OK : SQLITE_DENY
      }, Unmanaged.passUnretained(box).toOpaque())
    authorizer = box
  }
}

extension AuthorizationRequest.Action {
  init(_ code: Int32) {
    self = Self.codes[code] ?? .unknown
  }

  private static let codes: [Int32: Self] = [
    SQLITE_SELECT: .select, SQLITE_READ: .read, SQLITE_FUNCTION: .function, SQLITE_RECURSIVE: .recursion,
    SQLITE_INSERT: .insert, SQLITE_UPDATE: .update, SQLITE_DELETE: .delete,
    SQLITE_CREATE_TABLE: .createTable, SQLITE_CREATE_INDEX: .createIndex, SQLITE_CREATE_VIEW: .createView,
    SQLITE_CREATE_TRIGGER: .createTrigger, SQLITE_DROP_TABLE: .dropTable, SQLITE_DROP_INDEX: .dropIndex,
    SQLITE_DROP_VIEW: .dropView, SQLITE_DROP_TRIGGER: .dropTrigger, SQLITE_ALTER_TABLE: .alterTable,
    SQLITE_REINDEX: .reindex, SQLITE_ANALYZE: .analyze, SQLITE_CREATE_TEMP_TABLE: .temporary,
    SQLITE_CREATE_TEMP_INDEX: .temporary, SQLITE_CREATE_TEMP_VIEW: .temporary,
    SQLITE_CREATE_TEMP_TRIGGER: .temporary, SQLITE_DROP_TEMP_TABLE: .temporary,
    SQLITE_DROP_TEMP_INDEX: .temporary, SQLITE_DROP_TEMP_VIEW: .temporary,
    SQLITE_DROP_TEMP_TRIGGER: .temporary, SQLITE_CREATE_VTABLE: .createVirtualTable,
    SQLITE_DROP_VTABLE: .dropVirtualTable, SQLITE_PRAGMA: .pragma, SQLITE_ATTACH: .attach,
    SQLITE_DETACH: .detach, SQLITE_TRANSACTION: .transaction, SQLITE_SAVEPOINT: .savepoint,
  ]
}
