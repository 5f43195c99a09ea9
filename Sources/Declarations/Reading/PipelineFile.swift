import Diagnostics
import MeshModel

/// A file that lies where pipelines lie, before it is read.
///
/// It may be read on another thread: of what it holds, only `scope.findings` could not be shared, and is not
/// used there.
struct PipelineFile: @unchecked Sendable {
  var path: String
  /// That of its domain.
  var scope: Scope
}

/// What became of such a file. Handed from the thread that read it, which keeps nothing of it.
struct PipelineAnswer: @unchecked Sendable {
  /// What was found in the file itself.
  let findings: Findings
  /// It declares no pipeline, and is read only where it is used.
  var isTemplate = false
  /// As far as it can be read.
  var pipeline: Pipeline?
  /// What to call the pipeline, even where nothing else is known of it.
  var name: PipelineName?
  /// The file says the name itself.
  var isNamed = false
  /// Whether what its tasks write could not be told of all of them.
  var hasUnknownWriters = false
}

extension PipelineFile {
  /// Reads the pipeline.
  func read(_ templates: Templates) -> PipelineAnswer {
    let findings = Findings()
    var scope = scope
    scope.findings = findings
    let domain = scope.domain ?? ""
    let stem = String(ProjectPath.name(of: path).dropLast(".yaml".count))
    var answer = PipelineAnswer(findings: findings)
    guard let node = scope.texts.declaration(in: path, findings) else {
      answer.hasUnknownWriters = true
      if Name.isValid(stem) { answer.name = PipelineName(domain: domain, name: stem) }
      return answer
    }
    answer.isTemplate = node["accepts"] != nil && node["pipeline"] == nil
    guard !answer.isTemplate else { return answer }
    guard let fields = Fields(node, KeyTable.pipeline, findings: findings) else {
      answer.hasUnknownWriters = true
      return answer
    }
    let named = fields.name("pipeline")
    let name = named ?? Located(Name.isValid(stem) ? stem : "unnamed", at: node.position)
    var reader = PipelineReader(scope: scope, fields: fields, template: templates.fields(for: fields))
    let pipeline = reader.read(name: name)
    if let entry = fields["pipeline"], let named, named.value != stem {
      findings.warning(
        "pipeline-file", "the pipeline '\(named.value)' is declared in '\(ProjectPath.name(of: path))'",
        at: entry.value, help: "name the file '\(named.value).yaml', so that people find it")
    }
    answer.hasUnknownWriters = reader.hasUnknownWriters
    (answer.pipeline, answer.name, answer.isNamed) = (pipeline, pipeline.name, named != nil)
    return answer
  }
}
