import Declarations
import Diagnostics
import MeshModel
import TestKit
import Testing

/// What the loader says of a project.
enum Check {
  static func load(_ files: [String: String]) throws -> LoadedMesh {
    let project = try TemporaryProject(files)
    return DeclarationLoader.load(project: project.root)
  }

  /// A domain 'd' with one pipeline 'p', declared by the text after its first line.
  static func pipeline(_ text: String, mesh: String? = nil, files: [String: String] = [:]) throws
    -> LoadedMesh
  {
    var all = files
    all["d/domain.yaml"] = all["d/domain.yaml"] ?? "domain: d\nowner: team\n"
    all["d/p.yaml"] = "pipeline: p\n" + text
    if let mesh { all["mesh.yaml"] = mesh }
    return try load(all)
  }

  /// The diagnostics as people see them, and a tally.
  static func text(_ loaded: LoadedMesh) -> String {
    let text = TextRenderer().text(loaded.diagnostics)
    return (text.isEmpty ? "" : text + "\n") + loaded.diagnostics.tally + "\n"
  }
}

extension LoadedMesh {
  /// The only pipeline.
  func onlyPipeline(sourceLocation: SourceLocation = #_sourceLocation) throws -> Pipeline {
    try #require(mesh.domains.first?.pipelines.first, sourceLocation: sourceLocation)
  }

  var codes: [String] { diagnostics.map(\.code) }
}
