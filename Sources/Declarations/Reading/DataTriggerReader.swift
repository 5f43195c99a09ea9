import Diagnostics
import MeshModel

/// Reads `on:` of `schedule:`.
struct DataTriggerReader {
  let scope: Scope
  /// The keys of the schedule.
  let fields: Fields
  let position: SourcePosition

  private var findings: Findings { fields.findings }

  /// Keys that only mean something to ticks, and what to do instead.
  private static let ticksOnly = [
    ("cron", "data or a clock makes it due: leave one of the two out"),
    ("every", "data or a clock makes it due: leave one of the two out"),
    ("catchup", "what is published is never passed over, also while no daemon is there: leave it out"),
    (
      "delay",
      "a run is made as soon as its data is complete: let a task of it take late data, or use 'refresh'"
    ),
    ("gap", "it is a rule for times of day: leave it out"),
    ("fold", "it is a rule for times of day: leave it out"),
    ("calendar", "dates that the producers leave out never come: leave it out"),
    ("on_excluded", "it is a rule for calendars: leave it out"),
  ]

  /// The trigger; nil where none is declared, or what is cannot be understood.
  ///
  /// - Parameter hasPartition: whether the pipeline has partitions.
  func trigger(hasPartition: Bool) -> DataTrigger? {
    guard let entry = fields["on"] else {
      if let entry = fields["refresh"], !fields.mentions("on") {
        findings.error(
          "conflicting-keys", "'refresh' needs 'on'", at: entry.keyNode,
          help: "it says what becomes of a run when the data that made it due is renewed")
      }
      return nil
    }
    for (key, cure) in Self.ticksOnly {
      guard let other = fields[key] else { continue }
      findings.error(
        "conflicting-keys", "'\(key)' does not go with 'on'", at: other.keyNode,
        notes: [.init("'on' is here", at: entry.keyNode.position)], help: cure)
    }
    for key in ["start", "end"] where !hasPartition {
      guard let other = fields[key] else { continue }
      findings.error(
        "missing-partition", "'\(key)' bounds partitions, and this pipeline has none", at: other.keyNode,
        help: "say 'partition: daily', or another period")
    }
    guard let watched = watched(entry.value) else { return nil }
    if !hasPartition, let other = fields["refresh"] {
      findings.error(
        "missing-partition", "'refresh' makes partitions again, and this pipeline has none",
        at: other.keyNode,
        help: "without partitions each arrival makes a run anyway: leave it out")
    }
    return DataTrigger(
      watched: watched, refresh: fields.choice("refresh", DataTrigger.Refresh.self) ?? .none,
      whenFull: fields.choice("when_full", Schedule.WhenFull.self) ?? .queue, position: position)
  }

  private func watched(_ node: YAMLNode) -> DataTrigger.Watched? {
    switch node.kind {
    case .scalar where node.text == "inputs": return .inputs
    case .scalar where !node.text.contains("."):
      Values.wrongType(
        node, "on", "'inputs', datasets or {any: [...]}", findings,
        help: "write 'on: inputs' for what its tasks read of other pipelines, or 'on: [domain.dataset]'")
      return nil
    case .mapping:
      guard let any = Fields(node, KeyTable.dataTrigger, findings: findings)?["any"] else { return nil }
      let names = datasets(any.value, of: "any")
      return names.isEmpty ? nil : .any(names)
    case .scalar, .sequence:
      let names = datasets(node, of: "on")
      return names.isEmpty ? nil : .all(names)
    case .ignored: return nil
    }
  }

  private func datasets(_ node: YAMLNode, of key: String) -> [Located<DatasetName>] {
    var seen: [DatasetName: YAMLNode] = [:]
    return Values.list(node, of: key, findings) { item in
      guard let name = scope.dataset(item, of: key) else { return nil }
      if let first = seen.updateValue(item, forKey: name) {
        findings.error(
          "duplicate-value", "'\(key)' names '\(name)' twice", at: item,
          notes: [.init("it is first here", at: first.position)])
        return nil
      }
      return Located(name, at: item.position)
    }
  }
}
