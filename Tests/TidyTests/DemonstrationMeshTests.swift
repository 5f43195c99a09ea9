import Diagnostics
import Lineage
import MeshModel
import Orchestration
import TestKit
import Testing

struct DemonstrationMeshTests {
  @Test func `the demonstration mesh has no mistake, and its SQL carries its edges`() {
    let project = CheckedProject(loading: PackageRoot.path)
    for diagnostic in project.diagnostics {
      Issue.record(
        "\(diagnostic.position): \(diagnostic.message) [\(diagnostic.code)] \(diagnostic.help ?? "")")
    }
    #expect(project.mesh.domains.map(\.name) == ["airports", "fleet", "insights", "operations", "weather"])
    #expect(project.graph.nodes.count >= 12)
    let crossing = project.graph.edges.filter { edge in
      project.graph.nodes[edge.from].name.pipeline.domain != project.graph.nodes[edge.to].name.pipeline.domain
    }
    #expect(crossing.count >= 3)
    #expect(crossing.allSatisfy { $0.via != nil })
    for edge in crossing {
      print(project.graph.nodes[edge.from].name, project.graph.nodes[edge.to].name, edge.via!)
    }
  }
}
