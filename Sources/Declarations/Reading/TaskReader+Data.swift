import Diagnostics
import MeshModel

extension TaskReader {
  /// What `reads:` holds: a dataset, a list of them, or a mapping with terms.
  func reads() -> [ReadDeclaration] {
    datasets("reads", KeyTable.read) { node, terms in
      guard let dataset = scope.dataset(node, of: "reads") else { return nil }
      var read = ReadDeclaration(dataset: dataset, position: node.position)
      guard let terms else { return read }
      read.window = terms.duration("window")
      read.offset = terms.integer("offset") ?? 0
      read.freshness = terms.duration("freshness")
      read.onMissing = terms.choice("on_missing", ReadDeclaration.OnMissing.self) ?? .wait
      if let entry = terms["offset"], read.offset != 0, !scope.hasPartition {
        findings.error(
          "missing-partition", "'offset' counts partitions, and this pipeline has none", at: entry.keyNode,
          help: "say 'partition: daily' in the pipeline")
      }
      return read
    }
  }

  /// What `writes:` holds.
  func writes(columns: [Column]) -> [WriteDeclaration] {
    var writes: [WriteDeclaration] = datasets("writes", KeyTable.write) { node, terms in
      guard let dataset = scope.ownDataset(node, of: "writes") else { return nil }
      return WriteDeclaration(
        dataset: dataset, columns: scope.columns(terms?["columns"]?.value), position: node.position)
    }
    guard !columns.isEmpty, let entry = fields["columns"], fields.has("run") else { return writes }
    if writes.count == 1, writes[0].columns.isEmpty {
      writes[0].columns = columns
    } else {
      findings.error(
        "conflicting-keys", "'columns' does not say of which dataset", at: entry.keyNode,
        help: writes.count > 1
          ? "write 'writes: {DATASET: {columns: ...}}'"
          : "it needs one dataset under 'writes', without columns there")
    }
    return writes
  }

  private func datasets<Item>(
    _ key: String, _ section: KeySection, _ read: (YAMLNode, Fields?) -> Item?
  ) -> [Item] {
    guard let node = fields[key]?.value else { return [] }
    var seen: [String: YAMLNode] = [:]
    func isNew(_ item: YAMLNode) -> Bool {
      guard let first = seen.updateValue(item, forKey: item.text) else { return true }
      findings.error(
        "duplicate-value", "'\(key)' names '\(Excerpt.of(item.text))' twice", at: item,
        notes: [.init("it is first here", at: first.position)])
      return false
    }
    guard node.kind == .mapping else {
      return Values.list(node, of: key, findings) { item in
        item.kind == .scalar && !isNew(item) ? nil : read(item, nil)
      }
    }
    if node.count == 0 { findings.error("empty-value", "'\(key)' names no dataset", at: node) }
    return node.pairs.compactMap { name, value in
      guard name.kind == .scalar else { return nil }
      return read(name, value.isNull ? nil : Fields(value, section, anchor: name, findings: findings))
    }
  }

  /// What `each:` holds.
  func each() -> FanOut? {
    guard let entry = fields["each"] else { return nil }
    let node = entry.value
    if node.kind == .sequence {
      return eachList(node).map { FanOut(source: $0, position: entry.keyNode.position) }
    }
    guard node.kind == .mapping else {
      Values.wrongType(
        node, "each", "a list or a mapping", findings,
        help: "write 'each: [a, b]' or 'each: {sql: \"SELECT ...\"}'")
      return nil
    }
    guard let each = Fields(node, KeyTable.each, findings: findings) else { return nil }
    let sources = ["sql", "list", "of"].compactMap { each[$0] }
    guard let source = sources.first else {
      if !each.hasUnknownKeys, !["sql", "list", "of"].contains(where: { each.mentions($0) }) {
        findings.error("missing-key", "'each' needs 'sql', 'list' or 'of'", at: node.beginning)
      }
      return nil
    }
    for other in sources.dropFirst() {
      findings.error(
        "conflicting-keys",
        "'each' has one of 'sql', 'list' and 'of', and this one has '\(source.key.name)' already",
        at: other.keyNode)
    }
    let values: FanOut.Source? =
      switch source.key.name {
      case "sql": scope.sql(source.value, of: "sql").map(FanOut.Source.sql)
      case "list": eachList(source.value)
      default: each.name("of").map(FanOut.Source.of)
      }
    let maxActive = each.integer("max_active")
    return values.map { FanOut(source: $0, maxActive: maxActive, position: entry.keyNode.position) }
  }

  private func eachList(_ node: YAMLNode) -> FanOut.Source? {
    guard node.kind == .sequence else {
      Values.wrongType(node, "list", "a list of values", findings)
      return nil
    }
    guard node.count > 0 else {
      findings.error(
        "empty-each", "'each' has no value, so the task would always be skipped", at: node,
        help: "leave the task out, or say where its values come from")
      return nil
    }
    guard node.count <= FanOut.most else {
      findings.error(
        "out-of-range", "'each' has \(node.count) values; at most \(FanOut.most) are made", at: node)
      return nil
    }
    let values = node.items.compactMap { Values.scalar($0, of: "each", findings) }
    return values.count == node.count ? .list(values) : nil
  }
}
