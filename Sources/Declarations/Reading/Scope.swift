import Diagnostics
import MeshModel

/// What is known around a declaration while it is read.
struct Scope {
  /// The absolute path of the project.
  var root: String
  var texts: TextFiles
  var findings: Findings
  /// Nil in mesh.yaml.
  var domain: String?
  /// Pools by name; nil when mesh.yaml could not be read, so that nothing is known.
  var pools: Set<String>?
  /// The mesh's values and where they are declared.
  var values: [String: SourcePosition] = [:]
  /// The domain's datasets that come from outside.
  var sources: [String: SourcePosition] = [:]
  var hasPartition = false
  var defaults = TaskDefaults()

  /// Names that every pipeline knows already.
  static let builtIns = Set(BuiltInValue.allCases.map(\.rawValue))
}
