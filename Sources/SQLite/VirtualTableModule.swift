import CSQLite

/// The look-up behind a module, kept by SQLite until the module goes.
final class VirtualTableProvider {
  let provide: (String, String) -> (any VirtualTable)?

  init(provide: @escaping (String, String) -> (any VirtualTable)?) { self.provide = provide }
}

private final class TableBox {
  let table: any VirtualTable

  init(_ table: any VirtualTable) { self.table = table }
}

private final class CursorBox {
  let cursor: any VirtualCursor

  init(_ cursor: any VirtualCursor) { self.cursor = cursor }
}

/// The C side of virtual tables: one module for all of them, whose tables and cursors carry a Swift object.
enum VirtualTableModule {
  static func register(_ name: String, on database: OpaquePointer, provider: VirtualTableProvider) {
    sqlite3_create_module_v2(
      database, name, module, Unmanaged.passRetained(provider).toOpaque(),
      { context in
        guard let context else { return }
        Unmanaged<VirtualTableProvider>.fromOpaque(context).release()
      })
  }

  // Made once and only read from then on.
  nonisolated(unsafe) private static let module: UnsafeMutablePointer<sqlite3_module> = {
    let module = UnsafeMutablePointer<sqlite3_module>.allocate(capacity: 1)
    var made = sqlite3_module()
    // With xCreate and xConnect apart the module is no table-valued function. Should the linker fold them
    // into one, the provider still knows no table of the module's name.
    made.xCreate = { database, context, _, names, table, message in
      connect(database, context, names, table, message)
    }
    made.xConnect = { database, context, _, names, table, message in
      connect(database, context, names, table, message)
    }
    made.xBestIndex = { table, info in
      guard let info, let owner = tableBox(table) else { return SQLITE_INTERNAL }
      var question = IndexQuestion(info: info)
      owner.table.plan(&question)
      return SQLITE_OK
    }
    made.xDisconnect = { disconnect($0) }
    made.xDestroy = { disconnect($0) }
    made.xOpen = { table, cursor in openCursor(table, cursor) }
    made.xClose = { cursor in
      guard let cursor else { return SQLITE_OK }
      cursor.withMemoryRebound(to: heddle_vtab_cursor.self, capacity: 1) { cursor in
        if let owner = cursor.pointee.owner { Unmanaged<CursorBox>.fromOpaque(owner).release() }
      }
      sqlite3_free(cursor)
      return SQLITE_OK
    }
    made.xFilter = { cursor, plan, _, count, values in
      attempt(cursor) { owner throws(SQLiteError) in
        try owner.filter(plan: Int(plan), arguments: CursorArguments(values: values, count: Int(count)))
      }
    }
    made.xNext = { cursor in attempt(cursor) { owner throws(SQLiteError) in try owner.next() } }
    made.xEof = { cursor in (cursorBox(cursor)?.cursor.isAtEnd ?? true) ? 1 : 0 }
    made.xColumn = { cursor, context, column in
      guard let context else { return SQLITE_INTERNAL }
      return attempt(cursor) { owner throws(SQLiteError) in
        try owner.column(Int(column), into: ResultSlot(context: context))
      }
    }
    made.xRowid = { cursor, row in
      guard let owner = cursorBox(cursor) else { return SQLITE_INTERNAL }
      row?.pointee = owner.cursor.row
      return SQLITE_OK
    }
    module.initialize(to: made)
    return module
  }()

  private static func connect(
    _ database: OpaquePointer?, _ context: UnsafeMutableRawPointer?,
    _ names: UnsafePointer<UnsafePointer<CChar>?>?,
    _ made: UnsafeMutablePointer<UnsafeMutablePointer<sqlite3_vtab>?>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
  ) -> Int32 {
    guard let database, let context, let schema = names?[1], let name = names?[2] else {
      return SQLITE_INTERNAL
    }
    let provider = Unmanaged<VirtualTableProvider>.fromOpaque(context).takeUnretainedValue()
    guard let table = provider.provide(String(cString: schema), String(cString: name)) else {
      message?.pointee = heddle_copy_message("there is no such table to be had")
      return SQLITE_ERROR
    }
    let code = sqlite3_declare_vtab(database, table.declaration)
    guard code == SQLITE_OK else {
      message?.pointee = heddle_copy_message(String(cString: sqlite3_errmsg(database)))
      return code
    }
    heddle_vtab_config_direct_only(database)
    guard let memory = sqlite3_malloc64(UInt64(MemoryLayout<heddle_vtab>.size)) else { return SQLITE_NOMEM }
    let part = memory.bindMemory(to: heddle_vtab.self, capacity: 1)
    part.initialize(
      to: heddle_vtab(base: sqlite3_vtab(), owner: Unmanaged.passRetained(TableBox(table)).toOpaque()))
    made?.pointee = UnsafeMutableRawPointer(part).assumingMemoryBound(to: sqlite3_vtab.self)
    return SQLITE_OK
  }

  private static func disconnect(_ table: UnsafeMutablePointer<sqlite3_vtab>?) -> Int32 {
    guard let table else { return SQLITE_OK }
    table.withMemoryRebound(to: heddle_vtab.self, capacity: 1) { part in
      if let owner = part.pointee.owner { Unmanaged<TableBox>.fromOpaque(owner).release() }
    }
    sqlite3_free(table)
    return SQLITE_OK
  }

  private static func openCursor(
    _ table: UnsafeMutablePointer<sqlite3_vtab>?,
    _ opened: UnsafeMutablePointer<UnsafeMutablePointer<sqlite3_vtab_cursor>?>?
  ) -> Int32 {
    guard let owner = tableBox(table),
      let memory = sqlite3_malloc64(UInt64(MemoryLayout<heddle_vtab_cursor>.size))
    else { return SQLITE_NOMEM }
    let part = memory.bindMemory(to: heddle_vtab_cursor.self, capacity: 1)
    part.initialize(
      to: heddle_vtab_cursor(
        base: sqlite3_vtab_cursor(),
        owner: Unmanaged.passRetained(CursorBox(owner.table.open())).toOpaque()))
    opened?.pointee = UnsafeMutableRawPointer(part).assumingMemoryBound(to: sqlite3_vtab_cursor.self)
    return SQLITE_OK
  }

  private static func tableBox(_ table: UnsafeMutablePointer<sqlite3_vtab>?) -> TableBox? {
    table?.withMemoryRebound(to: heddle_vtab.self, capacity: 1) { part in
      part.pointee.owner.map { Unmanaged<TableBox>.fromOpaque($0).takeUnretainedValue() }
    }
  }

  private static func cursorBox(_ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?) -> CursorBox? {
    cursor?.withMemoryRebound(to: heddle_vtab_cursor.self, capacity: 1) { part in
      part.pointee.owner.map { Unmanaged<CursorBox>.fromOpaque($0).takeUnretainedValue() }
    }
  }

  /// Runs a step of a cursor; what it throws becomes the statement's error.
  private static func attempt(
    _ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?,
    _ step: (any VirtualCursor) throws(SQLiteError) -> Void
  ) -> Int32 {
    guard let cursor, let owner = cursorBox(cursor) else { return SQLITE_INTERNAL }
    do {
      try step(owner.cursor)
      return SQLITE_OK
    } catch {
      if let table = cursor.pointee.pVtab {
        sqlite3_free(table.pointee.zErrMsg)
        table.pointee.zErrMsg = heddle_copy_message(error.message)
      }
      return error.extendedCode
    }
  }
}
