import Basics
import Declarations
import Diagnostics
import Lineage
import MeshModel
import Orchestration
import Records

extension CheckedProject {
  /// Reads a selector and finds its tasks, ascending.
  func nodes(_ text: String, reader: StateReader?, asksRecord: Bool = true) throws(CommandFailure) -> [Int] {
    do { return try nodes(selectedBy: text, reader: reader, asksRecord: asksRecord) } catch {
      throw CommandFailure(error)
    }
  }

  /// The place of a pipeline, `domain/name`.
  func place(ofPipeline name: String) throws(CommandFailure) -> Int {
    if let place = PipelineName(name).flatMap({ graph.index(of: $0) }) { return place }
    let near = EditDistance.nearest(to: name, among: graph.pipelines.map(\.name.description))
    throw .notFound(
      "there is no pipeline '\(name)'",
      help: near.map { "did you mean '\($0)'?" } ?? "see all of them: heddle graph")
  }

  /// Says that something may be missing because of errors, and so what a command that printed data ends with.
  func verdict(_ context: Context) -> ExitCode {
    let errors = diagnostics.errorCount
    guard errors > 0 else { return .success }
    context.out.flush()
    context.remark(
      "\(Counted.text(errors, "error")) in the declarations, so this may not be all; see: heddle check")
    return .invalidDeclarations
  }
}

extension Context {
  /// Reads and checks the project's declarations.
  func declared() throws(CommandFailure) -> CheckedProject { try project().declared }
}

extension CommandFailure {
  init(_ error: SessionError) {
    let code: ExitCode =
      switch error.kind {
      case .notFound: .notFound
      case .invalid: .usage
      case .brokenDeclarations: .invalidDeclarations
      case .conflict: .conflict
      case .denied: .denied
      case .environment: .failed
      }
    self.init(code, error.message, help: error.help)
  }
}
