import Diagnostics
import MeshModel

/// Reads mesh.yaml.
struct MeshReader {
  var scope: Scope
  let fields: Fields

  private var findings: Findings { scope.findings }

  /// Pools, sorted by name.
  func pools() -> [Pool] {
    guard let node = fields["pools"]?.value else { return [] }
    guard node.kind == .mapping else {
      Values.wrongType(
        node, "pools", "a mapping from names to slots", findings, help: "write 'pools: {NAME: 2}'")
      return []
    }
    let pools: [Pool] = node.pairs.compactMap { key, value in
      guard key.kind == .scalar, Values.checkName(key, what: "a pool", findings) else { return nil }
      if key.text == "none" {
        findings.error("reserved-name", "no pool can be named 'none'", at: key)
        return nil
      }
      guard value.kind == .mapping else {
        return Values.integer(value, of: key.text, type: .integer(KeyTable.count), findings).map {
          Pool(name: key.text, slots: $0)
        }
      }
      guard let fields = Fields(value, KeyTable.pool, anchor: key, findings: findings) else { return nil }
      let description = fields.text("description")?.value
      return fields.integer("slots").map { Pool(name: key.text, slots: $0, description: description) }
    }
    return pools.sorted { $0.name < $1.name }
  }

  /// Every pool that is named, also where its slots are wrong.
  func poolNames() -> Set<String> {
    Set(fields["pools"]?.value.pairs.map(\.key.text) ?? [])
  }

  /// How long the state keeps what is over.
  func retention() -> RetentionRule {
    var rule = RetentionRule()
    guard let entry = fields["retention"],
      let given = Fields(entry.value, KeyTable.retention, findings: findings)
    else { return rule }
    if let runs = given.duration("runs") { rule.runs = runs }
    if let logs = given.duration("logs") { rule.logs = logs }
    if let events = given.duration("events") { rule.events = events }
    return rule
  }

  /// What all tasks are given.
  func defaults() -> TaskDefaults { scope.defaults(fields["defaults"]?.value) }
}
