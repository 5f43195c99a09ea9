import Declarations
import Diagnostics
import Lineage
import MeshModel

extension CheckedProject {
  /// The mesh as its environment has it, with its lineage: what a borrowed domain makes in production comes
  /// from outside here.
  static func entered(
    _ mesh: Mesh, _ unknownWriters: Set<String>
  ) -> (mesh: Mesh, lineage: (graph: MeshGraph, diagnostics: [Diagnostic])) {
    let whole = LineageBuilder.build(mesh, unknownWriters: unknownWriters)
    guard mesh.domains.contains(where: \.isBorrowed) else { return (mesh, whole) }
    // Only the whole lineage tells the columns of what is borrowed.
    var mesh = mesh
    for place in mesh.domains.indices where mesh.domains[place].isBorrowed {
      let name = mesh.domains[place].name
      let made = whole.graph.datasets.values.filter { $0.name.domain == name && $0.writer != nil }
      mesh.domains[place].sources += made.sorted { $0.name < $1.name }.map {
        SourceDataset(name: $0.name, columns: $0.columns, position: $0.position)
      }
      mesh.domains[place].pipelines = []
    }
    var lineage = LineageBuilder.build(mesh, unknownWriters: unknownWriters)
    // What is wrong with borrowed files may be why a column is not known here.
    let borrowed = mesh.domains.lazy.filter(\.isBorrowed).map { "\(DeclarationLoader.folder)/\($0.name)/" }
    lineage.diagnostics += whole.diagnostics.filter { diagnostic in
      borrowed.contains { diagnostic.position.file.path.hasPrefix($0) }
    }
    return (mesh, lineage)
  }
}
