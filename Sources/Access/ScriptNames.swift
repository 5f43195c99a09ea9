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
  /// The tables whose first mention is that a CREATE TABLE makes them.
  static func made(in script: Script) -> Set<String> {
    var made: Set<String> = []
    var named: Set<String> = []
    var next = script.startOfStatement(from: 0)
    while let start = next {
      var names: [String] = []
      var dots: Set<Int> = []
      var position = start
      while let token = script.token(from: position), token.kind != .semicolon {
        position = token.end
        if token.kind == .dot { dots.insert(names.count) }
        if token.kind == .word || token.kind == .quoted { names.append(script.name(of: token)) }
      }
      if names.starts(with: ["create", "table"]) {
        let first = names.starts(with: ["create", "table", "if", "not", "exists"]) ? 5 : 2
        let place = dots.contains(first + 1) ? first + 1 : first
        if names.indices.contains(place), !named.contains(names[place]) { made.insert(names[place]) }
      }
      named.formUnion(names)
      next = script.startOfStatement(from: position)
    }
    return made
  }
}
