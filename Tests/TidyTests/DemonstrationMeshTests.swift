import Declarations
import Diagnostics
import MeshModel
import TestKit
import Testing

struct DemonstrationMeshTests {
  @Test func `the demonstration mesh is declared without a mistake`() {
    let loaded = DeclarationLoader.load(project: PackageRoot.path)
    for diagnostic in loaded.diagnostics {
      Issue.record("\(diagnostic.position): \(diagnostic.message) [\(diagnostic.code)]")
    }
    #expect(loaded.mesh.domains.map(\.name) == ["airports", "fleet", "insights", "operations", "weather"])
    #expect(loaded.mesh.domains.flatMap(\.pipelines).flatMap(\.tasks).count >= 12)
  }
}
