import Declarations
import Diagnostics
import MeshModel

/// Works out from what every task reads and writes the one graph of the mesh.
public enum LineageBuilder {
  /// Builds the graph of everything that was declared, and compiles all its SQL in memory.
  ///
  /// - Parameter unknownWriters: domains with files that could not be read, so that a dataset of theirs that
  ///   nobody seems to write is no mistake of whoever reads it.
  /// - Returns: the graph, with what could be understood, and all mistakes found, sorted.
  public static func build(
    _ mesh: Mesh, unknownWriters: Set<String> = []
  ) -> (graph: MeshGraph, diagnostics: [Diagnostic]) {
    var draft = GraphDraft(mesh, unknownWriters: unknownWriters)
    draft.enterDeclaredWrites()
    draft.enterDeclaredReads()
    draft.checkLoads()
    draft.checkFreshness()
    draft.checkTriggerTasks()
    var compilation = SQLCompilation(draft)
    compilation.run()
    draft = compilation.draft
    draft.connectReads()
    draft.connectOrder()
    draft.sort()
    draft.reportCycles()
    draft.checkTriggers()
    draft.reportCircles()
    compilation.checkParameters(&draft)
    return (draft.graph, draft.diagnostics.sortedForReading())
  }

  /// Builds the graph of what was loaded.
  public static func build(_ loaded: LoadedMesh) -> (graph: MeshGraph, diagnostics: [Diagnostic]) {
    build(loaded.mesh, unknownWriters: loaded.broken.domainsWithUnknownWriters)
  }
}
