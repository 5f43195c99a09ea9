import Diagnostics
import MeshModel

/// Tasks that wait without a worker.
extension TaskReader {
  private static let conditions = ["file", "http", "sql", "fresh", "until"]

  /// What `wait:` holds.
  func wait(_ node: YAMLNode) -> WaitTask? {
    guard let wait = Fields(node, KeyTable.wait, findings: findings) else { return nil }
    let given = Self.conditions.compactMap { wait[$0] }
    guard let entry = given.first else {
      if !wait.hasUnknownKeys, !Self.conditions.contains(where: { wait.mentions($0) }) {
        findings.error(
          "missing-key", "'wait' needs 'file', 'http', 'sql', 'fresh' or 'until'", at: node.beginning)
      }
      return nil
    }
    for other in given.dropFirst() {
      findings.error(
        "conflicting-keys",
        "'wait' has one of 'file', 'http', 'sql', 'fresh' and 'until', and this one has '\(entry.key.name)' already",
        at: other.keyNode, help: "make two tasks of it")
    }
    let kind = entry.key.name
    let hasNoPoll = kind == "fresh" || kind == "until"
    for (key, isStranger) in [("within", kind != "fresh"), ("poll", hasNoPoll)] where isStranger {
      guard let stranger = wait[key] else { continue }
      findings.error(
        "conflicting-keys", "'\(key)' does not go with '\(kind)'", at: stranger.keyNode,
        help: key == "poll" ? "nothing is looked at again and again" : "it says how old a dataset may be")
    }
    guard let condition = condition(entry, wait) else { return nil }
    return WaitTask(condition: condition, poll: wait.duration("poll"))
  }

  private func condition(_ entry: Fields.Entry, _ wait: Fields) -> WaitTask.Condition? {
    switch entry.key.name {
    case "file":
      scope.checkProjectPath(entry.value, of: "file")
      return scope.valueExpression(entry.value, of: "file").map(WaitTask.Condition.file)
    case "http": return address(entry.value).map(WaitTask.Condition.http)
    case "sql": return scope.sql(entry.value, of: "sql").map(WaitTask.Condition.sql)
    case "until": return moment(entry.value).map(WaitTask.Condition.until)
    default:
      if wait["within"] == nil, !wait.mentions("within") {
        findings.error(
          "missing-key", "'fresh' needs 'within'", at: entry.keyNode,
          help: "'within: 6h' says how old the newest version may be")
      }
      guard let dataset = scope.dataset(entry.value, of: "fresh"), let within = wait.duration("within") else {
        return nil
      }
      return .fresh(Located(dataset, at: entry.value.position), within: within)
    }
  }

  private func address(_ node: YAMLNode) -> ValueExpression? {
    guard let value = scope.valueExpression(node, of: "http") else { return nil }
    if case .literal(let literal) = value, !WebAddress.isValid(literal.text) {
      findings.error(
        "invalid-address", "'http' takes a web address, and '\(Excerpt.of(literal.text))' is none", at: node,
        help: "it begins with http:// or https://, and holds no blanks")
      return nil
    }
    return value
  }

  private func moment(_ node: YAMLNode) -> ValueExpression? {
    guard let value = scope.valueExpression(node, of: "until") else { return nil }
    if case .literal(let literal) = value, WaitMoment(literal.text) == nil {
      findings.error(
        "invalid-moment", "'until' takes a moment, and '\(Excerpt.of(literal.text))' is none", at: node,
        help: "write 06:30, '2013-01-31 06:30' on the pipeline's clock, or 2013-01-31T06:30:00Z")
      return nil
    }
    return value
  }

  /// What `approve:` holds.
  func approval(_ node: YAMLNode) -> ApprovalTask? {
    guard let approve = Fields(node, KeyTable.approve, findings: findings) else { return nil }
    return ApprovalTask(by: approve.texts("by"))
  }

  /// What `trigger:` holds: a pipeline, or a mapping.
  func trigger(_ node: YAMLNode) -> TriggerTask? {
    guard node.kind == .mapping else {
      return pipeline(node).map { TriggerTask(pipeline: $0) }
    }
    guard let trigger = Fields(node, KeyTable.trigger, findings: findings) else { return nil }
    let params = trigger["params"].map { values($0.value) } ?? []
    guard let entry = trigger["pipeline"], let pipeline = pipeline(entry.value) else { return nil }
    return TriggerTask(
      pipeline: pipeline,
      partition: trigger["partition"].flatMap { scope.valueExpression($0.value, of: "partition") },
      params: params, waits: trigger.boolean("wait") ?? true)
  }

  private func values(_ node: YAMLNode) -> [EnvironmentVariable] {
    guard node.kind == .mapping else {
      Values.wrongType(
        node, "params", "a mapping from names to values", findings, help: "write 'params: {name: value}'")
      return []
    }
    return node.pairs.compactMap { key, value -> EnvironmentVariable? in
      guard key.kind == .scalar, Values.checkName(key, what: "'params'", findings),
        let value = scope.valueExpression(value, of: key.text)
      else { return nil }
      return EnvironmentVariable(name: key.text, value: value)
    }.sorted { $0.name < $1.name }
  }

  /// A pipeline of any domain; without a domain it is one of the own.
  private func pipeline(_ node: YAMLNode) -> Located<PipelineName>? {
    guard let text = Values.text(node, of: "trigger", findings) else { return nil }
    if let name = PipelineName(text.value) { return Located(name, at: text.position) }
    if let domain = scope.domain, Name.isValid(text.value) {
      return Located(PipelineName(domain: domain, name: text.value), at: text.position)
    }
    findings.error(
      "invalid-name", "'\(Excerpt.of(text.value))' is no name of a pipeline", at: node,
      help: "pipelines are 'domain/name', those of the own domain also 'name'")
    return nil
  }
}
