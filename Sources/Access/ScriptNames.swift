import MeshModel

/// The names that a script could mean. Whatever table SQL reads or writes, its name stands in the text, and
/// that of another domain's table behind the domain's and a dot; so what is not here cannot be meant.
struct ScriptNames {
  /// Every name, some more than once.
  private(set) var words: [String] = []
  /// Every two names with a dot between.
  private(set) var pairs: Set<DatasetName> = []

  init(_ script: Script) {
    var position = 0
    var before: String?
    var dotted: String?
    while let token = script.token(from: position) {
      position = token.end
      switch token.kind {
      case .word, .quoted:
        let name = script.name(of: token)
        if let domain = dotted { pairs.insert(DatasetName(domain: domain, name: name)) }
        words.append(name)
        before = name
        dotted = nil
      case .dot:
        dotted = before
        before = nil
      case .semicolon, .other:
        before = nil
        dotted = nil
      }
    }
  }
}

extension ScriptNames {
  /// A statement that makes a table.
  private struct Creation {
    var name: String
    var start: Int
    var end: Int
    /// It says the table's columns; else they are those of a SELECT.
    var saysColumns: Bool
  }

  /// The tables whose first mention is that a CREATE TABLE makes them.
  static func made(in script: Script) -> Set<String> {
    var made: Set<String> = []
    var named: Set<String> = []
    eachStatement(of: script) { names, creation in
      if let creation, !named.contains(creation.name) { made.insert(creation.name) }
      named.formUnion(names)
      return true
    }
    return made
  }

  /// The first statement that makes a table and says its columns, with their keys.
  static func definition(of table: String, in script: Script) -> String? {
    var found: Creation?
    eachStatement(of: script) { _, creation in
      if let creation, creation.name == table, creation.saysColumns { found = creation }
      return found == nil
    }
    return found.map { String(decoding: script.bytes[$0.start..<$0.end], as: UTF8.self) }
  }

  /// - Parameter body: is told the names in a statement, and what it makes; false: that is enough.
  private static func eachStatement(of script: Script, _ body: ([String], Creation?) -> Bool) {
    var next = script.startOfStatement(from: 0)
    while let start = next {
      var names: [String] = []
      var dots: Set<Int> = []
      // Behind each name.
      var opens: Set<Int> = []
      var position = start
      while let token = script.token(from: position), token.kind != .semicolon {
        position = token.end
        switch token.kind {
        case .dot: dots.insert(names.count)
        case .word, .quoted: names.append(script.name(of: token))
        case .other: if script.bytes[token.start] == UInt8(ascii: "(") { opens.insert(names.count) }
        case .semicolon: break
        }
      }
      var creation: Creation?
      if names.starts(with: ["create", "table"]) {
        let first = names.starts(with: ["create", "table", "if", "not", "exists"]) ? 5 : 2
        let place = dots.contains(first + 1) ? first + 1 : first
        if names.indices.contains(place) {
          creation = Creation(
            name: names[place], start: start, end: position, saysColumns: opens.contains(place + 1))
        }
      }
      guard body(names, creation) else { return }
      next = script.startOfStatement(from: position)
    }
  }
}

/// What the text of a script says of a table that it makes.
public enum TableDefinition {
  /// The first CREATE TABLE of a table in a script, where it says the columns; nil: there is none.
  public static func find(of table: String, in text: String) -> String? {
    ScriptNames.definition(of: table.lowercased(), in: Script(text))
  }
}
