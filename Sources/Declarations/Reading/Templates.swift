import Basics
import Diagnostics
import MeshModel

/// The templates that pipelines are made from, each read once.
final class Templates {
  private struct Composed {
    var document: YAMLDocument?
    var diagnostics: [Diagnostic]
  }

  private let texts: TextFiles
  private var composed: [String: Composed] = [:]

  init(_ texts: TextFiles) { self.texts = texts }

  /// The keys of the template that a pipeline names, with the pipeline's values in their places; nil when the
  /// pipeline names none, or none that can be read, which is reported.
  func fields(for pipeline: Fields) -> Fields? {
    let findings = pipeline.findings
    guard let entry = pipeline["template"] else {
      if let with = pipeline["with"] {
        findings.error(
          "conflicting-keys", "'with' gives values to a template, and this pipeline has none",
          at: with.keyNode,
          help: "name the template: 'template: FILE'")
      }
      return nil
    }
    if let tasks = pipeline["tasks"] {
      findings.error(
        "conflicting-keys", "a pipeline has 'tasks' or a 'template', not both", at: tasks.keyNode,
        notes: [.init("'template' is here", at: entry.keyNode.position)])
    }
    let fields = fields(of: entry, for: pipeline)
    let file = pipeline.node.document.file
    if fields == nil, !findings.diagnostics.contains(where: { $0.position.file === file }) {
      findings.error(
        "unknown-template", "the template cannot be used: it has mistakes of its own", at: entry.value)
    }
    return fields
  }

  private func fields(of entry: Fields.Entry, for pipeline: Fields) -> Fields? {
    let findings = pipeline.findings
    guard let document = document(entry.value, findings), let root = document.root else { return nil }
    guard let accepts = root["accepts"] else {
      findings.error(
        "unknown-template", "'\(Excerpt.of(entry.value.text))' is no template: it has no 'accepts'",
        at: entry.value,
        help: "a template begins with 'accepts: {NAME: {type: string}}'")
      return nil
    }
    guard let values = values(accepts, pipeline, entry.keyNode) else { return nil }
    let bound = document.binding(bindings(document, values, findings))
    return bound.root.flatMap { Fields($0, KeyTable.template, findings: findings) }
  }

  private func document(_ node: YAMLNode, _ findings: Findings) -> YAMLDocument? {
    guard let path = Values.text(node, of: "template", findings)?.value else { return nil }
    guard let resolved = ProjectPath.resolve(path, from: node.document.folder) else {
      findings.add(
        FileProblem.leadsOutside.diagnostic("'\(Excerpt.of(path))'", at: node.position, length: node.length))
      return nil
    }
    if composed[resolved] == nil { composed[resolved] = compose(resolved, usedAt: node) }
    guard let known = composed[resolved] else { return nil }
    for diagnostic in known.diagnostics { findings.add(diagnostic) }
    return known.document
  }

  private func compose(_ path: String, usedAt node: YAMLNode) -> Composed {
    let findings = Findings()
    switch texts.text(of: path) {
    case .failure(.file(let problem)):
      findings.add(
        problem.diagnostic("file '\(Excerpt.of(path))'", at: node.position, length: node.length))
    case .failure(.encoding(let diagnostic)): findings.add(diagnostic)
    case .success(let file):
      if let document = YAMLComposer.compose(file, findings: findings) {
        if document.root?.isNull == false {
          return Composed(document: document, diagnostics: findings.diagnostics)
        }
        findings.add(
          Diagnostic(
            code: "file-empty", "the file declares nothing",
            at: SourcePosition(file: file, line: 1, column: 1),
            notes: [.init("it is used as a template here", at: node.position)]))
      }
    }
    return Composed(document: nil, diagnostics: findings.diagnostics)
  }

  /// The value of each name that the template accepts; nil when something is wrong with one, which is
  /// reported.
  private func values(_ accepts: YAMLNode, _ pipeline: Fields, _ anchor: YAMLNode) -> [String: YAMLNode]? {
    let findings = pipeline.findings
    guard accepts.kind == .mapping else {
      Values.wrongType(
        accepts, "accepts", "a mapping from names to types", findings,
        help: "write 'accepts: {NAME: {type: string}}'")
      return nil
    }
    let given = given(pipeline)
    var values: [String: YAMLNode] = [:]
    var isWhole = true
    for (key, value) in accepts.pairs where key.kind == .scalar {
      guard Values.checkName(key, what: "an accepted value", findings),
        let fields = Fields(value, KeyTable.accepted, anchor: key, findings: findings)
      else {
        isWhole = false
        continue
      }
      let kind = fields.choice("type", AcceptedKind.self)
      _ = fields.text("description")
      if let node = given[key.text] ?? fields["default"]?.value {
        if let kind, !kind.accepts(node) {
          findings.error(
            "wrong-type", "'\(key.text)' takes \(kind.rawValue.withArticle), not \(node.words)", at: node,
            notes: [.init("the template asks for it here", at: key.position)])
          isWhole = false
        }
        values[key.text] = node
      } else {
        findings.error(
          "missing-template-value", "the template asks for '\(key.text)'", at: anchor,
          notes: [.init("it asks here", at: key.position)], help: "give it: 'with: {\(key.text): ...}'")
        isWhole = false
      }
    }
    checkGiven(pipeline, accepts)
    return isWhole ? values : nil
  }

  private func given(_ pipeline: Fields) -> [String: YAMLNode] {
    guard let node = pipeline["with"]?.value else { return [:] }
    guard node.kind == .mapping else {
      Values.wrongType(node, "with", "a mapping from names to values", pipeline.findings)
      return [:]
    }
    return Dictionary(
      node.pairs.filter { $0.key.kind == .scalar }.map { ($0.key.text, $0.value) },
      uniquingKeysWith: { first, _ in first })
  }

  private func checkGiven(_ pipeline: Fields, _ accepts: YAMLNode) {
    guard let node = pipeline["with"]?.value else { return }
    let names = accepts.pairs.map(\.key.text)
    for (key, _) in node.pairs where key.kind == .scalar && !names.contains(key.text) {
      let near = pipeline.findings.nearest(to: key.text, among: names)
      pipeline.findings.error(
        "unknown-template-value", "the template does not ask for '\(Excerpt.of(key.text))'", at: key,
        help: near.map { "did you mean '\($0)'?" } ?? "it asks for \(names.joined(separator: ", "))")
    }
  }

  /// Where the template says `{with: NAME}`, and what stands for it.
  private func bindings(
    _ document: YAMLDocument, _ values: [String: YAMLNode], _ findings: Findings
  ) -> [Int32: YAMLNode] {
    var result: [Int32: YAMLNode] = [:]
    for (place, record) in document.records.enumerated().dropFirst() {
      guard record.kind == .mapping, record.childCount == 2 else { continue }
      let node = YAMLNode(document: document, index: Int32(place))
      guard let (key, value) = node.pairs.first(where: { _ in true }), key.text == "with",
        value.kind == .scalar
      else { continue }
      if let bound = values[value.text] {
        result[Int32(place)] = bound
      } else {
        let near = findings.nearest(to: value.text, among: values.keys.sorted())
        findings.error(
          "unknown-template-value", "the template accepts no '\(Excerpt.of(value.text))'", at: value,
          help: near.map { "did you mean '\($0)'?" } ?? "declare it under 'accepts'")
        result[Int32(place)] = document.ignored
      }
    }
    return result
  }
}

extension AcceptedKind {
  /// Whether a value is of this kind.
  fileprivate func accepts(_ node: YAMLNode) -> Bool {
    switch self {
    case .any: return true
    case .list: return node.kind == .sequence
    case .mapping: return node.kind == .mapping
    default: break
    }
    guard node.kind == .scalar, !node.isNull else { return node.kind == .ignored }
    switch (self, YAMLScalar(node)) {
    case (.integer, .integer), (.number, .integer), (.number, .real), (.boolean, .boolean), (.string, .text):
      return true
    case (.date, _): return node.text.utf8.count == 10 && CivilTime(declared: node.text) != nil
    case (.duration, _): return Duration(declared: node.text) != nil
    case (.dataset, _): return DatasetName(node.text) != nil
    default: return false
    }
  }
}
