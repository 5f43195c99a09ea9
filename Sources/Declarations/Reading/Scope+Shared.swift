import Basics
import Diagnostics
import MeshModel

extension Scope {
  /// What `defaults:` holds.
  func defaults(_ node: YAMLNode?) -> TaskDefaults {
    var result = TaskDefaults()
    guard let node, let fields = Fields(node, KeyTable.defaults, findings: findings) else { return result }
    result.retry = retry(fields["retry"]?.value)
    result.timeout = fields.durationOrNone("timeout")
    result.pool = pool(fields)
    result.env = environment(fields["env"]?.value)
    return result
  }

  /// The pool that is named; the inner nil is `none`.
  func pool(_ fields: Fields) -> String?? {
    guard let entry = fields["pool"], let name = fields.name("pool")?.value else { return nil }
    if name == "none" { return .some(nil) }
    if let pools, !pools.contains(name) {
      let near = findings.nearest(to: name, among: pools.sorted())
      findings.error(
        "unknown-pool", "there is no pool '\(name)'", at: entry.value,
        help: near.map { "did you mean '\($0)'?" }
          ?? "pools are declared in dags/mesh.yaml: 'pools: {\(name): 2}'")
      return nil
    }
    return name
  }

  /// What `retry:` holds.
  func retry(_ node: YAMLNode?) -> PartialRetry {
    var result = PartialRetry()
    guard let node, let fields = Fields(node, KeyTable.retry, findings: findings) else { return result }
    result.attempts = fields.integer("attempts")
    result.delay = fields.duration("delay")
    result.backoff = fields.choice("backoff", RetryPolicy.Backoff.self)
    result.maxDelay = fields.durationOrNone("max_delay")
    result.jitter = fields.number("jitter")
    result.lost = fields.integer("lost")
    if let codes = fields["on_exit"]?.value {
      result.onExit = Values.list(codes, of: "on_exit", findings) { exitCode($0) }
    }
    if let delay = result.delay, case .some(.some(let most)) = result.maxDelay, most < delay,
      let entry = fields["max_delay"]
    {
      findings.error("out-of-range", "'max_delay' is shorter than 'delay'", at: entry.value)
    }
    return result
  }

  private func exitCode(_ node: YAMLNode) -> Int? {
    guard let code = Values.integer(node, of: "on_exit", type: .integer(0...255), findings) else {
      return nil
    }
    if code == 0 || code == 99 {
      findings.error(
        "out-of-range",
        "exit code \(code) is \(code == 0 ? "success" : "'skipped'"), which is never tried again",
        at: node)
      return nil
    }
    return code
  }

  /// What `env:` holds.
  func environment(_ node: YAMLNode?) -> [String: ValueExpression] {
    var result: [String: ValueExpression] = [:]
    guard let node else { return result }
    guard node.kind == .mapping else {
      Values.wrongType(
        node, "env", "a mapping from names to values", findings, help: "write 'env: {NAME: value}'")
      return result
    }
    for (key, value) in node.pairs where key.kind == .scalar {
      guard checkVariable(key, what: "a variable") else { continue }
      result[key.text] = valueExpression(value, of: key.text)
    }
    return result
  }

  /// Whether a name may be a variable of a process; reports it if not.
  func checkVariable(_ node: YAMLNode, what: String) -> Bool {
    let bytes = node.text.utf8
    let isValid =
      bytes.count <= Name.longest && bytes.first.map { !(48...57).contains($0) } ?? false
      && bytes.allSatisfy { $0 == 95 || (48...57).contains($0) || (97...122).contains($0 | 0x20) }
    guard isValid else {
      findings.error(
        "invalid-name", "\(what) cannot be named '\(Excerpt.of(node.text))'", at: node,
        help: "a name of a variable is A-Z, a-z, 0-9 and _, not first a digit, at most \(Name.longest) long")
      return false
    }
    guard !node.text.hasPrefix("HEDDLE_") else {
      findings.error(
        "reserved-name",
        "\(what) cannot be named '\(node.text)': HEDDLE_ begins the names of what Heddle tells",
        at: node)
      return false
    }
    return true
  }

  /// A text, or `{sql: ...}`.
  func valueExpression(_ node: YAMLNode, of name: String) -> ValueExpression? {
    switch node.kind {
    case .ignored: return nil
    case .scalar:
      guard !node.isNull else {
        findings.error(
          "empty-value", "'\(Excerpt.of(name))' has no value", at: node, help: "write \"\" for an empty text")
        return nil
      }
      warnOfPlaceholder(node)
      return .literal(.text(node.text))
    case .mapping:
      guard let fields = Fields(node, KeyTable.computed, findings: findings), let entry = fields["sql"] else {
        return nil
      }
      return sql(entry.value, of: "sql").map(ValueExpression.sql)
    case .sequence:
      Values.wrongType(node, name, "a value or {sql: ...}", findings)
      return nil
    }
  }

  /// A process: a text for the shell, or a list of arguments.
  func command(_ node: YAMLNode) -> Command? {
    let folder = node.document.folder
    let directory = folder.isEmpty ? root : root + "/" + folder
    guard node.kind == .sequence else {
      guard let text = Values.text(node, of: "run", findings) else { return nil }
      warnOfPlaceholder(node)
      return Command(form: .shell(text.value), directory: directory)
    }
    guard node.count > 0 else {
      findings.error("empty-value", "'run' is an empty list", at: node, help: "its first item is the program")
      return nil
    }
    let arguments = node.items.compactMap { valueExpression($0, of: "run") }
    guard arguments.count == node.count else { return nil }
    if case .literal(let program) = arguments[0], program.text.isEmpty {
      findings.error("empty-value", "the program has no name", at: node)
      return nil
    }
    return Command(form: .arguments(arguments), directory: directory)
  }

  /// SQL as it stands, or what the file of that name holds.
  func sql(_ node: YAMLNode, of name: String) -> LocatedText? {
    guard let text = Values.text(node, of: name, findings)?.value else { return nil }
    if text.hasSuffix(".sql"), !text.utf8.contains(where: { $0 <= 32 }) { return sqlFile(text, node) }
    warnOfPlaceholder(node)
    return node.locatedText
  }

  private func sqlFile(_ path: String, _ node: YAMLNode) -> LocatedText? {
    guard let file = file(path, node) else { return nil }
    guard file.text.utf8.contains(where: { $0 > 32 }) else {
      findings.error("empty-value", "'\(file.path)' is empty", at: node)
      return nil
    }
    return LocatedText(
      text: file.text, position: SourcePosition(file: file, line: 1, column: 1), laterLinesColumn: 1)
  }

  /// The text of a file that a declaration names, relative to its own; nil: it cannot be read, which is
  /// reported.
  func file(_ path: String, _ node: YAMLNode) -> SourceFile? {
    guard let resolved = ProjectPath.resolve(path, from: node.document.folder) else {
      findings.add(
        FileProblem.leadsOutside.diagnostic(
          "'\(Excerpt.of(path))'", at: node.position, length: node.length))
      return nil
    }
    switch texts.text(of: resolved) {
    case .success(let file): return file
    case .failure(.file(let problem)):
      findings.add(
        problem.diagnostic("file '\(Excerpt.of(resolved))'", at: node.position, length: node.length))
    case .failure(.encoding(let diagnostic)):
      findings.error(
        diagnostic.code, "'\(resolved)' is not UTF-8", at: node,
        notes: [.init(diagnostic.message, at: diagnostic.position)], help: diagnostic.help)
    }
    return nil
  }

  /// A path that stays within the project, not read here.
  func checkProjectPath(_ node: YAMLNode, of name: String) {
    guard node.kind == .scalar, ProjectPath.resolve(node.text, from: "") == nil else { return }
    findings.error(
      "leads-outside", "'\(name)' leads out of the project", at: node,
      help: "paths of data are relative to the project")
  }

  /// Warns of `{{ x }}` in a text that is passed on as it is.
  func warnOfPlaceholder(_ node: YAMLNode) {
    guard Templating.firstPlaceholder(in: node.text) != nil else { return }
    findings.warning(
      "templating", "nothing fills in '{{ ... }}' in this text", at: node, help: Templating.help)
  }

  /// `domain.name`.
  func dataset(_ node: YAMLNode, of name: String) -> DatasetName? {
    guard node.kind == .scalar, !node.isNull else {
      Values.wrongType(node, name, "a dataset, 'domain.name'", findings)
      return nil
    }
    if let dataset = DatasetName(node.text) { return dataset }
    let own = Name.isValid(node.text) ? domain.map { "\($0).\(node.text)" } : nil
    findings.error(
      "invalid-dataset", "'\(Excerpt.of(node.text))' is no name of a dataset", at: node,
      help: own.map { "datasets are 'domain.name': did you mean '\($0)'?" } ?? "datasets are 'domain.name'")
    return nil
  }

  /// A dataset that a task of this domain may write.
  func ownDataset(_ node: YAMLNode, of name: String) -> DatasetName? {
    guard let dataset = dataset(node, of: name) else { return nil }
    if let domain, dataset.domain != domain {
      findings.error(
        "foreign-write", "a task of domain '\(domain)' cannot write '\(dataset)'", at: node,
        help: "a domain writes its own datasets only: write '\(domain).\(dataset.name)', and let a task of "
          + "'\(dataset.domain)' read it")
      return nil
    }
    if let source = sources[dataset.name] {
      findings.error(
        "source-written", "'\(dataset)' comes from outside, so no task can write it", at: node,
        notes: [.init("it is declared as a source here", at: source)],
        help: "take it from 'sources:', or write another dataset")
      return nil
    }
    return dataset
  }

  /// Names and types.
  func columns(_ node: YAMLNode?) -> [Column] {
    guard let node else { return [] }
    guard node.kind == .mapping else {
      Values.wrongType(
        node, "columns", "a mapping from names to types", findings,
        help: "write 'columns: {day: text, delay: real}'")
      return []
    }
    let type = KeyType.choice(ColumnType.allCases.map(\.rawValue))
    var columns: [Column] = []
    var names: [String: YAMLNode] = [:]
    for (key, value) in node.pairs where key.kind == .scalar {
      guard checkColumn(key) else { continue }
      if let first = names.updateValue(key, forKey: key.text.lowercased()) {
        findings.error(
          "duplicate-key",
          "the column '\(key.text)' is here a second time: SQL takes capitals for small letters",
          at: key, notes: [.init("it is first here", at: first.position)])
        continue
      }
      if let word = Values.choice(value, of: key.text, type: type, findings),
        let kind = ColumnType(rawValue: word)
      {
        columns.append(Column(name: key.text, type: kind))
      }
    }
    if node.count == 0 { findings.error("empty-value", "'columns' names no column", at: node) }
    return columns
  }

  /// Whether a text may name a column: anything SQL can quote.
  func checkColumn(_ node: YAMLNode) -> Bool {
    let isValid =
      !node.text.isEmpty && node.text.utf8.count <= 128 && node.text.utf8.allSatisfy { $0 >= 32 && $0 != 127 }
    if !isValid {
      findings.error("invalid-name", "'\(Excerpt.of(node.text))' cannot name a column", at: node)
    }
    return isValid
  }

  /// The path of a store: one file below `stores/`, without surprises.
  func storePath(_ node: YAMLNode) -> String? {
    guard let store = Fields(node, KeyTable.store, findings: findings), let entry = store["sqlite"],
      let path = store.text("sqlite")
    else { return nil }
    let parts = path.value.split(separator: "/", omittingEmptySubsequences: false)
    let isPlain = parts.allSatisfy { part in
      !part.isEmpty && !part.hasPrefix(".")
        && part.utf8.allSatisfy {
          (48...57).contains($0) || (97...122).contains($0 | 0x20) || $0 == 45 || $0 == 46 || $0 == 95
        }
    }
    guard isPlain, path.value.utf8.count <= 128 else {
      findings.error(
        "invalid-path", "'\(Excerpt.of(path.value))' cannot name a store", at: entry.value,
        help:
          "it is a relative path of letters, digits, '.', '-' and '_', such as 'operations.db'; it lies below "
          + "'stores/' in the state directory")
      return nil
    }
    return path.value
  }

  /// The mesh's values by name, with their places.
  func meshValues(_ node: YAMLNode?) -> [String: Located<Scalar>] {
    guard let node else { return [:] }
    guard node.kind == .mapping else {
      Values.wrongType(
        node, "values", "a mapping from names to values", findings, help: "write 'values: {NAME: 5}'")
      return [:]
    }
    var values: [String: Located<Scalar>] = [:]
    for (key, value) in node.pairs where key.kind == .scalar {
      guard Values.checkName(key, what: "a value", findings) else { continue }
      if Scope.builtIns.contains(key.text) {
        findings.error(
          "name-clash", "'\(key.text)' names a value and what every pipeline knows as ':\(key.text)'",
          at: key,
          help: "give it another name")
        continue
      }
      if let scalar = Values.scalar(value, of: key.text, findings) {
        values[key.text] = Located(scalar, at: key.position)
      }
    }
    return values
  }
}
