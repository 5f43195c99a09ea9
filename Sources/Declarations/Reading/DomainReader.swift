import Diagnostics
import MeshModel

/// Reads domain.yaml.
struct DomainReader {
  let scope: Scope
  let fields: Fields
  /// The name of the folder.
  let folder: String

  private var findings: Findings { scope.findings }

  /// The domain without its pipelines, and what its tasks are given.
  func read() -> (domain: Domain, defaults: TaskDefaults) {
    let name = fields.name("domain")
    checkName(name)
    var domain = Domain(
      name: folder, owner: fields.text("owner")?.value ?? "", share: fields.integer("share") ?? 1,
      position: name?.position ?? fields.node.position)
    domain.title = fields.text("title")?.value
    domain.description = fields.text("description")?.value
    domain.contact = fields.text("contact")?.value
    domain.store = fields["store"].flatMap { scope.storePath($0.value) }
    domain.slots = fields.integer("slots")
    domain.sources = sources()
    domain.notify = scope.notificationRules(fields["notify"]?.value)
    return (domain, scope.defaults(fields["defaults"]?.value))
  }

  private func checkName(_ name: Located<String>?) {
    guard let name, let entry = fields["domain"] else { return }
    if name.value != folder {
      findings.error(
        "domain-folder", "the domain '\(name.value)' is declared in the folder '\(Excerpt.of(folder))'",
        at: entry.value,
        help: "the folder has the domain's name: rename one of the two")
    } else if Name.reservedDomains.contains(name.value) {
      findings.error("reserved-name", "no domain can be named '\(name.value)'", at: entry.value)
    }
  }

  private func sources() -> [SourceDataset] {
    guard let node = fields["sources"]?.value else { return [] }
    guard node.kind == .mapping else {
      Values.wrongType(
        node, "sources", "a mapping from names to datasets", findings,
        help: "write 'sources: {NAME: {description: where it comes from}}'")
      return []
    }
    return node.pairs.compactMap { key, value in
      guard key.kind == .scalar else { return nil }
      guard !key.text.contains(".") else {
        findings.error(
          "invalid-name", "a source is named without its domain, and '\(Excerpt.of(key.text))' holds a dot",
          at: key)
        return nil
      }
      guard Values.checkName(key, what: "a source", findings) else { return nil }
      var source = SourceDataset(name: DatasetName(domain: folder, name: key.text), position: key.position)
      if !value.isNull, let fields = Fields(value, KeyTable.source, anchor: key, findings: findings) {
        source.description = fields.text("description")?.value
        source.columns = scope.columns(fields["columns"]?.value)
      }
      return source
    }
  }
}
