import Diagnostics
import MeshModel

/// Reads NAME.env.yaml.
struct EnvironmentReader {
  let scope: Scope
  let fields: Fields
  /// The name of the file, without its endings.
  let file: String
  /// All domains.
  let domains: Set<String>

  private var findings: Findings { scope.findings }

  /// What an environment says.
  struct Answer {
    var environment: MeshEnvironment
    /// Values that are others here.
    var values: [String: Scalar]
    /// Stores that are others here, by domain.
    var stores: [String: String]
  }

  func read() -> Answer {
    let name = fields.name("environment")
    checkName(name)
    var environment = MeshEnvironment(name: file, position: name?.position ?? fields.node.position)
    environment.description = fields.text("description")?.value
    environment.firesSchedules = fields.boolean("schedules") ?? true
    environment.notifies = fields.boolean("notifications") ?? true
    environment.borrowed = fields.names("borrow").filter { name in
      check(domain: name.value, at: name.position)
    }
    return Answer(environment: environment, values: values(), stores: stores(environment))
  }

  private func checkName(_ name: Located<String>?) {
    guard let name, let entry = fields["environment"] else { return }
    if name.value != file {
      findings.error(
        "environment-name", "the environment '\(name.value)' is declared in '\(Excerpt.of(file)).env.yaml'",
        at: entry.value, help: "the file has the environment's name: rename one of the two")
    } else if name.value == "production" {
      findings.error(
        "reserved-name", "no environment can be named 'production'", at: entry.value,
        help: "production is what runs without --env")
    }
  }

  private func check(domain: String, at position: SourcePosition) -> Bool {
    guard !domains.contains(domain) else { return true }
    let near = findings.nearest(to: domain, among: domains.sorted())
    findings.add(
      Diagnostic(
        code: "undeclared-domain", "there is no domain '\(Excerpt.of(domain))'", at: position,
        length: domain.utf8.count,
        help: near.map { "did you mean '\($0)'?" } ?? "domains are folders of dags/"))
    return false
  }

  private func values() -> [String: Scalar] {
    let given = scope.meshValues(fields["values"]?.value)
    for (name, value) in given where scope.values[name] == nil && scope.pools != nil {
      let near = findings.nearest(to: name, among: scope.values.keys.sorted())
      findings.add(
        Diagnostic(
          code: "undeclared-value", "mesh.yaml has no value '\(name)'", at: value.position,
          length: name.utf8.count,
          help: near.map { "did you mean '\($0)'?" } ?? "declare it there first: 'values: {\(name): ...}'"))
    }
    return given.mapValues(\.value)
  }

  private func stores(_ environment: MeshEnvironment) -> [String: String] {
    guard let node = fields["stores"]?.value else { return [:] }
    guard node.kind == .mapping else {
      Values.wrongType(
        node, "stores", "a mapping from domains to stores", findings,
        help: "write 'stores: {DOMAIN: {sqlite: NAME.db}}'")
      return [:]
    }
    var stores: [String: String] = [:]
    for (key, value) in node.pairs where key.kind == .scalar {
      guard check(domain: key.text, at: key.position) else { continue }
      if environment.borrowed.contains(where: { $0.value == key.text }) {
        findings.error(
          "borrowed-store", "'\(key.text)' is borrowed, so its store is production's", at: key,
          help: "leave it out of 'stores' or of 'borrow'")
      } else {
        stores[key.text] = scope.storePath(value)
      }
    }
    return stores
  }
}
