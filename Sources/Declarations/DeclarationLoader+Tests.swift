import Diagnostics
import MeshModel

extension DeclarationLoader {
  /// Reads the tests of a mesh's tasks: every `*.test.yaml` in a domain's folder, sorted by path.
  ///
  /// - Parameter isWanted: whether the file of this path, relative to the project, is read.
  public static func tests(
    of mesh: Mesh, project root: String, where isWanted: (String) -> Bool
  ) -> (tests: [TaskTest], diagnostics: [Diagnostic]) {
    guard let files = try? ProjectFolder(root: root) else { return ([], []) }
    let texts = TextFiles(files)
    var tests: [TaskTest] = []
    var diagnostics: [Diagnostic] = []
    for domain in mesh.domains {
      let entries = (try? files.entries(of: "\(folder)/\(domain.name)")) ?? []
      for entry in entries where !entry.isFolder && entry.name.hasSuffix(TestFileReader.ending) {
        let path = "\(folder)/\(domain.name)/\(entry.name)"
        guard isWanted(path) else { continue }
        let findings = Findings()
        if let node = texts.declaration(in: path, findings) {
          tests += TestFileReader(domain: domain, path: path, findings: findings).read(node)
        }
        diagnostics += findings.diagnostics
      }
    }
    return (tests, diagnostics.sortedForReading())
  }
}
