import CSQLite
import Glibc

/// What a compiled statement does to one table or index, told from its program.
public struct TableUse: Hashable, Sendable {
  /// The page of the database at which the table or index begins.
  public var rootPage: Int
  /// 0 is main, 1 temp, others are attached.
  public var database: Int
  /// Places of stored columns whose values are taken, ascending.
  public var columns: [Int]
  public var readsWholeRows: Bool
  public var readsRowNumber: Bool
}

/// The instructions of a compiled statement, as `EXPLAIN` lists them.
public struct ProgramReading: Sendable {
  /// Tables and indexes that are opened for reading; those that the statement also opens for writing with the
  /// same cursor (it rewrites rows there) are left out.
  public var reads: [TableUse] = []
  /// Texts that the program holds as constants.
  public var texts: [String] = []
  /// It opens virtual tables.
  public var opensVirtualTables = false

  public init() {}
}

extension Statement {
  /// Steps through a statement that begins with EXPLAIN and reads the program it lists. Instructions differ
  /// between versions of SQLite, so the tests of lineage pin what they tell.
  public func readProgram(keepingTexts: Bool = false) throws(SQLiteError) -> ProgramReading {
    var reading = ProgramReading()
    var program = CursorTable()
    while try step() {
      // Programs of triggers follow the main one, each with addresses and cursors of its own.
      if sqlite3_column_int(handle, 0) == 0 { program.close(into: &reading) }
      guard let name = sqlite3_column_text(handle, 1) else { continue }
      let first = Int(sqlite3_column_int(handle, 2))
      let second = Int(sqlite3_column_int(handle, 3))
      switch Instruction(name) {
      case .openRead:
        program.open(first, page: second, database: Int(sqlite3_column_int(handle, 4)))
      case .openWrite: program.openForWriting(first)
      case .openOther: program.forget(first)
      case .column: program.update(first) { $0.columns.append(second) }
      case .row: program.update(first) { $0.readsWholeRows = true }
      case .rowNumber: program.update(first) { $0.readsRowNumber = true }
      case .seek:
        // A look-up compares key columns without taking them; in a table the key is the row number.
        let fields = Int(clamping: int64(5))
        program.update(first) {
          if fields > 0 { $0.columns += 0..<min(fields, 2000) } else { $0.readsRowNumber = true }
        }
      case .virtualOpen:
        program.forget(first)
        reading.opensVirtualTables = true
      case .text: if keepingTexts { reading.texts.append(text(5)) }
      case .other: continue
      }
    }
    program.close(into: &reading)
    return reading
  }
}

/// The instructions that tell of data.
private enum Instruction {
  case openRead, openWrite, openOther, column, row, rowNumber, seek, virtualOpen, text, other

  init(_ name: UnsafePointer<UInt8>) {
    func matches(_ word: StaticString) -> Bool {
      strcmp(UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self), word.pointer) == 0
    }
    switch name[0] {
    case UInt8(ascii: "C"): self = matches("Column") ? .column : .other
    case UInt8(ascii: "O"):
      if matches("OpenRead") {
        self = .openRead
      } else if matches("OpenWrite") {
        self = .openWrite
      } else {
        self = name[1] == UInt8(ascii: "p") && name[2] == UInt8(ascii: "e") ? .openOther : .other
      }
    case UInt8(ascii: "R"):
      if matches("Rowid") {
        self = .rowNumber
      } else if matches("RowData") || matches("RowCell") {
        self = .row
      } else {
        self = matches("ReopenIdx") ? .openRead : .other
      }
    case UInt8(ascii: "I"): self = matches("IdxRowid") ? .rowNumber : .other
    case UInt8(ascii: "N"):
      self = matches("NotExists") ? .rowNumber : matches("NotFound") ? .seek : .other
    case UInt8(ascii: "F"): self = matches("Found") ? .seek : .other
    case UInt8(ascii: "S"): self = Self(s: matches)
    case UInt8(ascii: "V"): self = matches("VOpen") ? .virtualOpen : .other
    default: self = .other
    }
  }

  private init(s matches: (StaticString) -> Bool) {
    if matches("String8") {
      self = .text
    } else if matches("SorterOpen") {
      self = .openOther
    } else if matches("SeekRowid") {
      self = .rowNumber
    } else {
      let seeks = matches("SeekGE") || matches("SeekGT") || matches("SeekLE") || matches("SeekLT")
      self = seeks ? .seek : .other
    }
  }
}

extension StaticString {
  fileprivate var pointer: UnsafePointer<CChar> {
    UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
  }
}

/// The cursors of one program and what is read through them.
private struct CursorTable {
  private var open: [Int: TableUse] = [:]
  private var closed: [TableUse] = []

  mutating func open(_ cursor: Int, page: Int, database: Int) {
    if let use = open[cursor], use.rootPage == page, use.database == database { return }
    forget(cursor)
    open[cursor] = TableUse(
      rootPage: page, database: database, columns: [], readsWholeRows: false,
      readsRowNumber: false)
  }

  /// What the cursor showed before belongs to finding the rows that are rewritten; the authorizer tells of
  /// that.
  mutating func openForWriting(_ cursor: Int) { open[cursor] = nil }

  mutating func forget(_ cursor: Int) {
    if let use = open.removeValue(forKey: cursor) { closed.append(use) }
  }

  mutating func update(_ cursor: Int, _ change: (inout TableUse) -> Void) {
    guard var use = open[cursor] else { return }
    change(&use)
    open[cursor] = use
  }

  mutating func close(into reading: inout ProgramReading) {
    reading.reads += closed
    reading.reads += open.values
    closed.removeAll()
    open.removeAll()
  }
}
