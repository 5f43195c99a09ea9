import Declarations
import Diagnostics
import Lineage
import MeshModel

/// What a project's files say: all of it that can be understood, and every mistake.
struct Declared {
  var mesh: Mesh
  var graph: MeshGraph
  /// Sorted for reading.
  var diagnostics: [Diagnostic]
  var loaded: LoadedMesh

  var errors: Int { diagnostics.count { $0.severity == .error } }

  /// Reads a selector and finds its tasks, ascending.
  func nodes(_ text: String, status: Selector.StatusLookup? = nil) throws(CommandFailure) -> [Int] {
    do throws(SelectorError) {
      return try Selector(text).nodes(in: graph, status: status)
    } catch {
      throw CommandFailure(error.kind == .syntax ? .usage : .notFound, error.message, help: error.help)
    }
  }

  /// Says that something may be missing because of errors, and so what a command that printed data ends with.
  func verdict(_ context: Context) -> ExitCode {
    guard errors > 0 else { return .success }
    context.out.flush()
    context.remark(
      "\(Counted.text(errors, "error")) in the declarations, so this may not be all; see: heddle check")
    return .invalidDeclarations
  }
}

extension Context {
  /// Reads the project's declarations and derives the graph.
  func declared() throws(CommandFailure) -> Declared { try declared(project().root) }

  /// Reads the declarations of a project and derives the graph.
  func declared(_ root: String, overriding override: DeclarationLoader.Override? = nil) -> Declared {
    let loaded = DeclarationLoader.load(project: root, overriding: override)
    let built = LineageBuilder.build(loaded.mesh)
    return Declared(
      mesh: loaded.mesh, graph: built.graph,
      diagnostics: (loaded.diagnostics + built.diagnostics).sortedForReading(), loaded: loaded)
  }
}
