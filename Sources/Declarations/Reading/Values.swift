import Basics
import Diagnostics
import MeshModel

/// Reads single values of declarations. What is wrong is reported and reads as nil; a node that was reported
/// before is passed over.
enum Values {
  static func text(_ node: YAMLNode, of name: String, _ findings: Findings) -> Located<String>? {
    guard node.kind == .scalar, !node.isNull else {
      wrongType(node, name, "a text", findings)
      return nil
    }
    guard !node.text.isEmpty else {
      findings.error("empty-value", "'\(name)' is empty", at: node)
      return nil
    }
    return Located(node.text, at: node.position)
  }

  static func name(_ node: YAMLNode, of name: String, _ findings: Findings) -> Located<String>? {
    guard let text = text(node, of: name, findings) else { return nil }
    return checkName(node, what: "'\(name)'", findings) ? text : nil
  }

  /// Whether a scalar follows the rule for names; reports it if not.
  static func checkName(_ node: YAMLNode, what: String, _ findings: Findings) -> Bool {
    if Name.isValid(node.text) { return true }
    let proposal = proposedName(for: node.text)
    findings.error(
      "invalid-name", "\(what) takes a name, and '\(Excerpt.of(node.text))' is none", at: node,
      help: "a name is a-z, then a-z, 0-9 and _, at most \(Name.longest) long"
        + (proposal.map { "; for example '\($0)'" } ?? ""))
    return false
  }

  private static func proposedName(for text: String) -> String? {
    var name = ""
    for scalar in text.lowercased().unicodeScalars.prefix(Name.longest) {
      if Name.isValid("a\(scalar)") {
        name.unicodeScalars.append(scalar)
      } else if !name.isEmpty, !name.hasSuffix("_") {
        name += "_"
      }
    }
    while name.hasSuffix("_") { name.removeLast() }
    return Name.isValid(name) ? name : nil
  }

  /// One value, or each of a list; an empty list is reported.
  static func list<Value>(
    _ node: YAMLNode, of name: String, _ findings: Findings, _ read: (YAMLNode) -> Value?
  ) -> [Value] {
    guard node.kind == .sequence else { return read(node).map { [$0] } ?? [] }
    if node.count == 0 {
      findings.error("empty-value", "'\(name)' is an empty list", at: node, help: "leave the key out")
    }
    return node.items.compactMap(read)
  }

  static func integer(_ node: YAMLNode, of name: String, type: KeyType, _ findings: Findings) -> Int? {
    guard node.kind == .scalar, case .integer(let value) = YAMLScalar(node) else {
      let isQuoted = node.kind == .scalar && node.style.isQuotedOrBlock && Int(node.text) != nil
      wrongType(
        node, name, type.words.withArticle, findings, help: isQuoted ? "write it without quotes" : nil)
      return nil
    }
    let result = Int(clamping: value)
    if case .integer(let range) = type, !range.contains(result) {
      findings.error("out-of-range", "'\(name)' takes \(type.words.withArticle)", at: node)
      return nil
    }
    return result
  }

  static func choice(_ node: YAMLNode, of name: String, type: KeyType, _ findings: Findings) -> String? {
    guard case .choice(let words) = type else { return nil }
    guard node.kind == .scalar else {
      wrongType(node, name, "one of \(type.words)", findings)
      return nil
    }
    if words.contains(node.text) { return node.text }
    let near = findings.nearest(to: node.text, among: words) ?? synonyms[node.text.lowercased()]
    findings.error(
      "unknown-value", "'\(name)' cannot be '\(Excerpt.of(node.text))'", at: node,
      help: near.flatMap { words.contains($0) ? "did you mean '\($0)'?" : nil }
        ?? "it is one of \(type.words)")
    return nil
  }

  /// Words of other tools for the words that we choose from.
  private static let synonyms = [
    "day": "daily", "date": "daily", "@daily": "daily", "hour": "hourly", "@hourly": "hourly",
    "week": "weekly",
    "@weekly": "weekly", "month": "monthly", "@monthly": "monthly", "year": "yearly", "annual": "yearly",
    "overwrite": "replace", "truncate": "replace", "full": "replace", "table": "replace", "upsert": "merge",
    "insert": "append", "incremental": "partition", "insert_overwrite": "partition", "int": "integer",
    "bigint": "integer", "float": "real", "double": "real", "varchar": "text", "string": "text",
    "str": "text",
    "bool": "boolean", "datetime": "timestamp", "decimal": "numeric", "ndjson": "jsonl", "json": "jsonl",
    "always": "all_done", "true": "all", "false": "none", "fixed": "constant", "exp": "exponential",
    "ignore": "skip",
  ]

  static func duration(_ node: YAMLNode, of name: String, type: KeyType, _ findings: Findings) -> Duration?? {
    guard case .duration(let least, let orNone) = type else { return nil }
    guard node.kind == .scalar else {
      wrongType(node, name, type.words.withArticle, findings)
      return nil
    }
    if orNone, node.text == "none" { return .some(nil) }
    guard let value = Duration(declared: node.text) else {
      let isNumber = !node.text.isEmpty && node.text.utf8.allSatisfy { (48...57).contains($0) }
      findings.error(
        "invalid-duration", "'\(name)' takes a \(type.words), not \(node.words)", at: node,
        help: isNumber
          ? "say the unit: '\(node.text)s' are seconds, '\(node.text)m' minutes"
          : "units are ms, s, m, h, d and w, the larger first")
      return nil
    }
    guard value >= least else {
      findings.error("out-of-range", "'\(name)' is too short", at: node, help: "it takes a \(type.words)")
      return nil
    }
    return .some(value)
  }

  static func moment(_ node: YAMLNode, of name: String, _ findings: Findings) -> Located<CivilTime>? {
    guard node.kind == .scalar else {
      wrongType(node, name, "a date", findings)
      return nil
    }
    guard let time = CivilTime(declared: node.text) else {
      let hasZone = node.text.hasSuffix("Z") || node.text.dropFirst(10).contains("+")
      findings.error(
        "invalid-date", "'\(name)' takes a date, and '\(Excerpt.of(node.text))' is none", at: node,
        help: hasZone
          ? "it is read on the clock of the pipeline's timezone: leave the offset out"
          : "write 2013-01-31, or 2013-01-31T06:00")
      return nil
    }
    return Located(time, at: node.position)
  }

  /// A value as SQL and processes know it; never null.
  static func scalar(_ node: YAMLNode, of name: String, _ findings: Findings) -> Scalar? {
    guard node.kind == .scalar else {
      wrongType(node, name, "a single value", findings)
      return nil
    }
    switch YAMLScalar(node) {
    case .null:
      findings.error("empty-value", "'\(name)' has no value", at: node, help: "write \"\" for an empty text")
      return nil
    case .boolean(let value): return .boolean(value)
    case .integer(let value):
      if node.text.hasLeadingZero {
        findings.warning(
          "leading-zero", "\(node.text) is the number \(value)", at: node,
          help: "put it into quotes to keep its zeros, or leave them out")
      }
      return .integer(value)
    case .real(let value) where value.isFinite: return .real(value)
    case .real, .oversized:
      findings.error(
        "out-of-range", "'\(name)' cannot be the number \(Excerpt.of(node.text))", at: node,
        help: "put it into quotes if it is a text")
      return nil
    case .text(let value): return .text(value)
    }
  }

  static func wrongType(
    _ node: YAMLNode, _ name: String, _ expected: String, _ findings: Findings, help: String? = nil
  ) {
    guard node.kind != .ignored else { return }
    let isPlaceholder = node.kind == .mapping && node.count == 1 && node["with"] != nil
    let help = isPlaceholder ? "'{with: NAME}' stands for a value in templates only" : help
    findings.error("wrong-type", "'\(name)' takes \(expected), not \(node.words)", at: node, help: help)
  }
}

extension String {
  /// The words with 'a' or 'an' before them.
  var withArticle: String {
    guard let first = utf8.first else { return self }
    return ("aeiou".utf8.contains(first) ? "an " : "a ") + self
  }

  /// `007`, but not `0`.
  fileprivate var hasLeadingZero: Bool {
    let digits = utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
    return digits.count > 1 && digits.allSatisfy { (48...57).contains($0) } && digits.first == 48
  }
}
