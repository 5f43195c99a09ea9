/// What the words of a SELECT tell of its columns without understanding them.
///
/// Only of a plain SELECT: one whose tables stand in FROM by themselves, without WITH, compounds, subqueries,
/// functions that make rows, or named windows. There a column can only be made of columns that its expression
/// names.
struct SelectOutline {
  /// For each expression of the list the words in it, in lower case.
  let words: [Set<String>]

  /// Nil when the statement is no plain SELECT, or its list has a `*` or a subquery.
  init?(_ statement: String) {
    var copy = statement
    guard let words = copy.withUTF8({ Self.read(SQLScanner($0)) }) else { return nil }
    self.words = words
  }

  private static func read(_ scanner: SQLScanner) -> [Set<String>]? {
    var scanner = scanner
    guard let first = scanner.next(), scanner.isKeyword(first, "select") else { return nil }
    var words: [Set<String>] = [[]]
    var depth = 0
    var inList = true
    var inFrom = false
    var inCondition = false
    var before: SQLScanner.Token?
    while let token = scanner.next() {
      defer { before = token }
      switch token.kind {
      case .mark(UInt8(ascii: "(")):
        // Brackets hold tables or make rows, but for those of a condition.
        if inFrom, !inCondition { return nil }
        depth += 1
      case .mark(UInt8(ascii: ")")): depth -= 1
      case .mark(UInt8(ascii: ",")) where depth == 0 && inList: words.append([])
      case .mark(UInt8(ascii: ",")) where depth == 0: inCondition = false
      case .mark(UInt8(ascii: "*")) where inList && isStar(after: before): return nil
      case .word:
        if ["select", "union", "except", "intersect", "window"].contains(where: {
          scanner.isKeyword(token, $0)
        }) {
          return nil
        }
        if inFrom, ["on", "using", "join"].contains(where: { scanner.isKeyword(token, $0) }) {
          inCondition = !scanner.isKeyword(token, "join")
        } else if depth == 0, scanner.isKeyword(token, "from") {
          (inList, inFrom) = (false, true)
        } else if depth == 0, ends(token, scanner) {
          (inList, inFrom) = (false, false)
        } else if inList {
          words[words.count - 1].insert(scanner.name(of: token))
        }
      default: break
      }
    }
    return words
  }

  private static func ends(_ token: SQLScanner.Token, _ scanner: SQLScanner) -> Bool {
    ["where", "group", "having", "order", "limit"].contains { scanner.isKeyword(token, $0) }
  }

  /// Whether a `*` stands for columns: it comes first or after a dot. Else it multiplies or counts.
  private static func isStar(after token: SQLScanner.Token?) -> Bool {
    switch token?.kind {
    case nil, .mark(UInt8(ascii: ".")), .mark(UInt8(ascii: ",")): true
    default: false
    }
  }
}

/// The parts of `INSERT INTO table (columns) SELECT ...` and of `CREATE TABLE table AS SELECT ...`.
struct FillOutline {
  /// In lower case; nil when none are named.
  let columns: [String]?
  /// The text of the SELECT, without what follows it in an upsert.
  let select: String

  /// Nil when the statement is neither.
  init?(_ statement: String) {
    var copy = statement
    guard let parts = copy.withUTF8({ Self.read(SQLScanner($0)) }) else { return nil }
    columns = parts.columns
    select = String(decoding: Array(statement.utf8)[parts.select], as: UTF8.self)
  }

  private static func read(_ scanner: SQLScanner) -> (columns: [String]?, select: Range<Int>)? {
    var scanner = scanner
    guard let first = scanner.next(),
      ["insert", "replace", "create"].contains(where: { scanner.isKeyword(first, $0) })
    else { return nil }
    var columns: [String]?
    var depth = 0
    var start: Int?
    var end = 0
    var before: SQLScanner.Token?
    while let token = scanner.next() {
      switch token.kind {
      case .mark(UInt8(ascii: "(")):
        depth += 1
        if start == nil, depth == 1, columns == nil { columns = [] }
      case .mark(UInt8(ascii: ")")): depth -= 1
      case .mark(UInt8(ascii: ";")): return start.map { (columns, $0..<end) }
      case .word where depth == 0:
        if start == nil, ["select", "with"].contains(where: { scanner.isKeyword(token, $0) }) {
          start = token.range.lowerBound
        } else if let start, scanner.isKeyword(token, "returning") {
          return (columns, start..<end)
        } else if let start, scanner.isKeyword(token, "conflict"), let before, scanner.isKeyword(before, "on")
        {
          return (columns, start..<before.range.lowerBound)
        }
      case .word where depth == 1 && start == nil: columns?.append(scanner.name(of: token))
      default: break
      }
      end = token.range.upperBound
      before = token
    }
    return start.map { (columns, $0..<end) }
  }
}
