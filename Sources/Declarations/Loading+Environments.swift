import Diagnostics
import MeshModel

/// Environments: `dags/NAME.env.yaml`. All are checked, one counts.
extension Loading {
  /// Reads the environments, and takes over what the wanted one says of the mesh as a whole.
  mutating func readEnvironments(_ entries: [FileEntry]) {
    let domains = Set(entries.lazy.filter(\.isFolder).map(\.name))
    var names: [String] = []
    for name in entries.lazy.compactMap(\.environment) {
      names.append(name)
      let findings = Findings()
      let answer = read(name, domains, findings)
      diagnostics += findings.diagnostics
      guard name == wanted else { continue }
      if findings.hasErrors { broken.mesh = true }
      guard let answer else { continue }
      mesh.environment = answer.environment
      mesh.values.merge(answer.values) { $1 }
      otherStores = answer.stores
    }
    if let wanted, !names.contains(wanted) { reportMissing(wanted, among: names) }
  }

  private func read(_ name: String, _ domains: Set<String>, _ findings: Findings) -> EnvironmentReader.Answer?
  {
    let path = FileEntry.path(ofEnvironment: name)
    guard let node = texts.declaration(in: path, findings),
      let fields = Fields(node, KeyTable.environment, findings: findings)
    else { return nil }
    var scope = scope
    scope.findings = findings
    return EnvironmentReader(scope: scope, fields: fields, file: name, domains: domains).read()
  }

  private mutating func reportMissing(_ wanted: String, among names: [String]) {
    let near = Findings().nearest(to: wanted, among: names)
    diagnostics.append(
      Diagnostic(
        code: "unknown-environment", "there is no environment '\(Excerpt.of(wanted))'",
        at: TextFiles.start(of: FileEntry.path(ofEnvironment: Excerpt.of(wanted))),
        help: near.map { "did you mean '\($0)'?" } ?? "write that file: 'environment: \(Excerpt.of(wanted))'")
    )
    broken.mesh = true
  }

  /// Makes of the mesh what it is in its environment.
  mutating func enterEnvironment() {
    guard let environment = mesh.environment else { return }
    let borrowed = Set(environment.borrowed.map(\.value))
    for domain in mesh.domains.indices {
      if borrowed.contains(mesh.domains[domain].name) { mesh.domains[domain].isBorrowed = true }
      guard !environment.firesSchedules else { continue }
      for pipeline in mesh.domains[domain].pipelines.indices {
        mesh.domains[domain].pipelines[pipeline].schedule = nil
        mesh.domains[domain].pipelines[pipeline].dataTrigger = nil
      }
    }
  }
}

extension FileEntry {
  private static let environmentEnding = ".env.yaml"

  /// The environment that it declares, by its name; nil: it declares none.
  var environment: String? {
    guard !isFolder, name.hasSuffix(Self.environmentEnding) else { return nil }
    return String(name.dropLast(Self.environmentEnding.count))
  }

  /// The file of an environment, relative to the project.
  static func path(ofEnvironment name: String) -> String {
    "\(DeclarationLoader.folder)/\(name)\(environmentEnding)"
  }
}
