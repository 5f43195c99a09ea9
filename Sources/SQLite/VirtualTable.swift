/// A table whose rows come from Swift. It is read-only; SQLite drops it with the schema it is in.
public protocol VirtualTable: AnyObject {
  /// `CREATE TABLE x(...)`: names, types and collations of the columns.
  var declaration: String { get }
  /// Says how it would answer a question; called while a statement is compiled, often more than once.
  func plan(_ question: inout IndexQuestion)
  func open() -> any VirtualCursor
}

/// One reading of a virtual table.
public protocol VirtualCursor: AnyObject {
  /// Starts over with the plan that `VirtualTable.plan` chose, and goes to the first row.
  func filter(plan: Int, arguments: CursorArguments) throws(SQLiteError)
  func next() throws(SQLiteError)
  var isAtEnd: Bool { get }
  func column(_ index: Int, into answer: ResultSlot) throws(SQLiteError)
  /// Unique among the rows of the table, and the same for one row as long as a statement runs.
  var row: Int64 { get }
}

extension Connection {
  /// Lets `CREATE VIRTUAL TABLE schema.table USING module` ask `provide` for the table. Nil: there is no such
  /// table, so that nobody makes one by a name of his own. Arguments of the module are ignored.
  public func register(
    module name: String, provide: @escaping (_ schema: String, _ table: String) -> (any VirtualTable)?
  ) {
    VirtualTableModule.register(name, on: handle, provider: VirtualTableProvider(provide: provide))
  }
}
