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
