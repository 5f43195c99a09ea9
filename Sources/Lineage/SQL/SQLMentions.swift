import MeshModel

/// The names and parameters that stand in a text of SQL, found without understanding it.
///
/// Names of datasets are more than what is read: an alias may look like one. That does no harm where it only
/// decides in which order statements are compiled, or where in the file a dataset is named first.
struct SQLMentions {
  struct Dataset {
    var name: DatasetName
    /// The first place, in bytes.
    var offset: Int
    var length: Int
  }

  struct Parameter {
    /// As it stands there, with its sigil.
    var text: String
    var offset: Int
  }

  /// Names of the form `domain.name`, and single words that may be datasets of the own domain; each once.
  private(set) var datasets: [Dataset] = []
  /// Each once.
  private(set) var parameters: [Parameter] = []
  /// Tables and views that the text creates.
  private(set) var created: [Dataset] = []
  private(set) var hasStatements = false

  /// Nothing.
  init() {}

  /// - Parameters:
  ///   - domain: the domain that names without a domain belong to.
  ///   - own: the names of that domain's datasets, which may stand alone.
  ///   - domains: all domains.
  init(_ text: String, domain: String, own: Set<String>, domains: Set<String>) {
    var copy = text
    var found = Finder(domain: domain, own: own, domains: domains)
    copy.withUTF8 { bytes in found.run(SQLScanner(bytes)) }
    datasets = found.datasets
    parameters = found.parameters
    created = found.created
    hasStatements = found.hasStatements
  }

  /// Where a dataset is named first.
  func place(of dataset: DatasetName) -> Dataset? { datasets.first { $0.name == dataset } }
}

/// Goes through the tokens once.
private struct Finder {
  let domain: String
  let own: Set<String>
  let domains: Set<String>
  var datasets: [SQLMentions.Dataset] = []
  var parameters: [SQLMentions.Parameter] = []
  var created: [SQLMentions.Dataset] = []
  var hasStatements = false
  private var seenDatasets: Set<DatasetName> = []
  private var seenParameters: Set<String> = []

  init(domain: String, own: Set<String>, domains: Set<String>) {
    self.domain = domain
    self.own = own
    self.domains = domains
  }

  mutating func run(_ scanner: SQLScanner) {
    var scanner = scanner
    var creation = CreationFinder()
    var pending = scanner.next()
    while let token = pending {
      pending = scanner.next()
      if case .parameter = token.kind { add(parameter: scanner.text(of: token), at: token.range.lowerBound) }
      guard case .word = token.kind else {
        if case .mark(UInt8(ascii: ";")) = token.kind {
          creation = CreationFinder()
        } else {
          hasStatements = true
        }
        continue
      }
      hasStatements = true
      let first = scanner.name(of: token)
      var name = DatasetName(domain: domain, name: first)
      var end = token.range.upperBound
      var isQualified = false
      if case .mark(UInt8(ascii: "."))? = pending?.kind {
        // A column of a table is `table.column` too; only names of domains make it a dataset.
        pending = scanner.next()
        guard let second = pending, case .word = second.kind else { continue }
        pending = scanner.next()
        guard domains.contains(first) || creation.expectsName else { continue }
        isQualified = true
        name = DatasetName(domain: first, name: scanner.name(of: second))
        end = second.range.upperBound
      }
      let found = SQLMentions.Dataset(
        name: name, offset: token.range.lowerBound, length: end - token.range.lowerBound)
      if creation.takesName(token, isQualified: isQualified, scanner) { created.append(found) }
      if isQualified || own.contains(first), seenDatasets.insert(name).inserted { datasets.append(found) }
    }
  }

  private mutating func add(parameter text: String, at offset: Int) {
    if seenParameters.insert(text).inserted { parameters.append(.init(text: text, offset: offset)) }
  }
}

/// Follows `CREATE [TABLE | VIEW] [IF NOT EXISTS] name` word by word.
private struct CreationFinder {
  private enum Stage { case start, create, kind, done }

  private var stage = Stage.start

  /// The next word that is none of `IF NOT EXISTS` is the name of what is created.
  var expectsName: Bool { stage == .kind }

  /// Takes a word; true when it is the name of a new table or view.
  mutating func takesName(_ token: SQLScanner.Token, isQualified: Bool, _ scanner: SQLScanner) -> Bool {
    switch stage {
    case .start: stage = !isQualified && scanner.isKeyword(token, "create") ? .create : .done
    case .create:
      let isKind = scanner.isKeyword(token, "table") || scanner.isKeyword(token, "view")
      stage = isKind ? .kind : .done
    case .kind:
      if !isQualified, ["if", "not", "exists"].contains(where: { scanner.isKeyword(token, $0) }) {
        return false
      }
      stage = .done
      return true
    case .done: break
    }
    return false
  }
}
