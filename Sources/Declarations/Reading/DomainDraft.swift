import MeshModel

/// A domain whose pipelines are not read yet.
struct DomainDraft {
  var folder: String
  /// What its domain.yaml says, as far as that can be read.
  var domain: Domain?
  var hasFile: Bool
  var findings: Findings
  var pipelines: [PipelineFile]
}
