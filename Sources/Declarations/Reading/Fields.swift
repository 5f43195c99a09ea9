import Basics
import Diagnostics

/// A mapping that was held against a section of the table of keys: what it holds. What is missing or
/// unknown was reported.
struct Fields {
  struct Entry {
    let key: Key
    let keyNode: YAMLNode
    let value: YAMLNode
  }

  let node: YAMLNode
  let section: KeySection
  let findings: Findings
  private var entries: [Entry] = []
  private var emptied: [String] = []
  /// What was proposed for unknown keys: a key that is meant there is not missing too.
  private var proposals: [String] = []

  /// Nil when the node is no mapping, which is reported.
  ///
  /// - Parameters:
  ///   - anchor: where to say that a key is missing; else at the mapping.
  init?(_ node: YAMLNode, _ section: KeySection, anchor: YAMLNode? = nil, findings: Findings) {
    self.node = node
    self.section = section
    self.findings = findings
    guard node.kind == .mapping else {
      if node.kind != .ignored {
        findings.error(
          "wrong-type", "'\(section.name)' takes a mapping, not \(node.words)", at: node,
          help: "its keys are \(Self.list(section.keys))")
      }
      return nil
    }
    entries.reserveCapacity(min(node.count, section.keys.count))
    for (keyNode, value) in node.pairs { take(keyNode, value) }
    for key in section.keys
    where key.isRequired && self[key.name] == nil && !emptied.contains(key.name) && !isProposed(key.name) {
      findings.error(
        "missing-key", "'\(key.name)' is missing", at: anchor ?? node.beginning,
        help: key.meaning.lowercasedFirst)
    }
  }

  /// What stands at a key.
  subscript(name: String) -> Entry? { entries.first { $0.key.name == name } }

  func has(_ name: String) -> Bool { self[name] != nil }

  /// Whether the key was written, if only without a value.
  func mentions(_ name: String) -> Bool { has(name) || emptied.contains(name) }

  /// Whether keys are here that nobody knows, so that what is missing may be one of them.
  var hasUnknownKeys: Bool { !proposals.isEmpty }

  private func isProposed(_ name: String) -> Bool { proposals.contains { $0.contains("'\(name)") } }

  private mutating func take(_ keyNode: YAMLNode, _ value: YAMLNode) {
    guard keyNode.kind == .scalar else { return }
    guard let key = section[keyNode.text] else { return reportUnknown(keyNode) }
    if value.isNull {
      emptied.append(key.name)
      findings.error(
        "empty-value", "'\(key.name)' has no value", at: keyNode,
        help: "it takes: \(key.type.words); or leave the key out")
    } else if value.kind == .ignored {
      emptied.append(key.name)
    } else {
      entries.append(Entry(key: key, keyNode: keyNode, value: value))
    }
  }

  private mutating func reportUnknown(_ keyNode: YAMLNode) {
    let word = keyNode.text
    let cure = findings.isFull ? "" : cure(for: word)
    proposals.append(cure)
    findings.error(
      "unknown-key", "'\(section.name)' has no key '\(Excerpt.of(word))'", at: keyNode, help: cure)
  }

  private func cure(for word: String) -> String {
    if let advice = ForeignWords.advice(for: word, in: section.name) { return advice }
    if let near = findings.nearest(to: word, among: section.keys.map(\.name)) {
      return "did you mean '\(near)'?"
    }
    let sections = KeyTable.sections.filter { $0[word] != nil && !KeyTable.apart.contains($0.name) }
    let homes = sections.map { "'\($0.name)'" }
    if !homes.isEmpty, homes.count <= 3 {
      return "'\(word)' is a key of \(homes.joined(separator: ", "))"
    }
    return "its keys are \(Self.list(section.keys))"
  }

  private static func list(_ keys: [Key]) -> String { keys.map(\.name).joined(separator: ", ") }
}

extension YAMLNode {
  /// What the value is, for messages.
  var words: String {
    switch kind {
    case .sequence: return "a list"
    case .mapping: return "a mapping"
    case .ignored: return "a mistake"
    case .scalar:
      switch YAMLScalar(self) {
      case .null: return "nothing"
      case .boolean(let value): return value ? "true" : "false"
      case .integer, .real, .oversized: return "the number \(Excerpt.of(text))"
      case .text: return "the text '\(Excerpt.of(text))'"
      }
    }
  }

  /// The first key of a mapping, the node itself otherwise: where to point when something is missing in it.
  var beginning: YAMLNode { style == .block ? pairs.first { _ in true }?.key ?? self : self }
}

extension String {
  /// The text as it stands in the middle of a sentence: without its capital and its full stop.
  var lowercasedFirst: String {
    guard let first else { return self }
    let text = first.lowercased() + dropFirst()
    return text.hasSuffix(".") ? String(text.dropLast()) : text
  }
}
