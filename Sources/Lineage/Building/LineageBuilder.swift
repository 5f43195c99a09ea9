import Diagnostics
import MeshModel

/// Works out from what every task reads and writes the one graph of the mesh.
public enum LineageBuilder {
  /// Builds the graph of everything that was declared.
  ///
  /// - Returns: the graph, with what could be understood, and all mistakes found, sorted.
  public static func build(_ mesh: Mesh) -> (graph: MeshGraph, diagnostics: [Diagnostic]) {
    var draft = GraphDraft(mesh)
    draft.enterDeclaredWrites()
    draft.enterDeclaredReads()
    draft.connectReads()
    draft.connectOrder()
    draft.sort()
    draft.reportCycles()
    return (draft.graph, draft.diagnostics.sortedForReading())
  }
}
