import Diagnostics
import MeshModel

extension Scope {
  /// What `notify:` holds.
  func notificationRules(_ node: YAMLNode?) -> [NotificationRule] {
    guard let node, node.kind != .ignored else { return [] }
    guard node.kind == .sequence else {
      Values.wrongType(
        node, "notify", "a list of mappings", findings,
        help: "write 'notify: [{on: [run_failed], run: [./tell.sh]}]'")
      return []
    }
    if node.count == 0 {
      findings.error("empty-value", "'notify' is an empty list", at: node, help: "leave the key out")
    }
    return node.items.compactMap(notificationRule)
  }

  private func notificationRule(_ node: YAMLNode) -> NotificationRule? {
    guard let fields = Fields(node, KeyTable.notify, findings: findings) else { return nil }
    let kinds = fields["on"].map { alertKinds($0.value) } ?? []
    guard let entry = fields["run"], let command = command(entry.value) else { return nil }
    if case .arguments(let items) = command.form {
      for (item, node) in zip(items, entry.value.items) {
        guard case .sql = item else { continue }
        findings.error(
          "wrong-type", "'run' of 'notify' has no run whose values SQL could compute with", at: node,
          help: "the process finds the alerts in the file $HEDDLE_ALERT_FILE, and what the first is about in "
            + "HEDDLE_ALERT_SUBJECT and the like")
        return nil
      }
    }
    return NotificationRule(kinds: kinds, command: command)
  }

  /// Kinds of alerts, each once.
  private func alertKinds(_ node: YAMLNode) -> [AlertKind] {
    let words = AlertKind.allCases.map(\.rawValue)
    var first: [AlertKind: YAMLNode] = [:]
    return Values.list(node, of: "on", findings) { item in
      let word = Values.choice(item, of: "on", type: .choice(words), findings)
      guard let kind = word.flatMap(AlertKind.init(rawValue:)) else { return nil }
      if let earlier = first.updateValue(item, forKey: kind) {
        findings.error(
          "duplicate-value", "'on' names '\(kind.rawValue)' twice", at: item,
          notes: [.init("it is first here", at: earlier.position)])
        return nil
      }
      return kind
    }
  }
}
