import CSQLite

/// What a statement asks leave for while SQLite compiles it.
public struct AuthorizationRequest: Sendable {
  /// An action code of SQLite, such as `SQLITE_READ`.
  public var action: Int32
  public var first: String?
  public var second: String?
  /// The database by the name SQL has for it; for a read of no column, as written.
  public var database: String?
  /// The innermost trigger or view that is the cause.
  public var source: String?
}

/// Decides what a statement may do, and is told everything it does.
final class Authorizer {
  let decide: (AuthorizationRequest) -> Bool

  init(decide: @escaping (AuthorizationRequest) -> Bool) { self.decide = decide }
}

extension Connection {
  /// From now on every statement that is compiled asks `decide` for each of its actions; false refuses the
  /// statement. Nil: nothing is asked. SQLite asks again when it compiles a statement anew by itself.
  public func setAuthorizer(_ decide: ((AuthorizationRequest) -> Bool)?) {
    guard let decide else {
      sqlite3_set_authorizer(handle, nil, nil)
      authorizer = nil
      return
    }
    let box = Authorizer(decide: decide)
    sqlite3_set_authorizer(
      handle,
      { context, action, first, second, database, source in
        guard let context else { return SQLITE_DENY }
        let box = Unmanaged<Authorizer>.fromOpaque(context).takeUnretainedValue()
        let request = AuthorizationRequest(
          action: action, first: first.map { String(cString: $0) },
          second: second.map { String(cString: $0) },
          database: database.map { String(cString: $0) }, source: source.map { String(cString: $0) })
        return box.decide(request) ? SQLITE_OK : SQLITE_DENY
      }, Unmanaged.passUnretained(box).toOpaque())
    authorizer = box
  }
}
