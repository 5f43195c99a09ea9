import Diagnostics
import Lineage
import MeshModel
import Records

extension CheckedProject {
  /// Whether a release of that digest is of these files, as they are now.
  public func isRelease(_ digest: String) -> Bool {
    ReleaseFolder.digest(of: root, declared: self.digest) == digest
  }

  /// What a run of a pipeline would find other than its release has it: files of the domain, by their paths
  /// in the project. Declarations of other pipelines are left out; nil: no copy of the release is left.
  public func changes(
    of pipeline: PipelineName, since release: ReleaseID, in state: StateDirectory
  ) -> [String]? {
    let copy = ReleaseFolder(release, in: state)
    guard copy.exists else { return nil }
    let own = graph.index(of: pipeline).map { graph.pipelines[$0].position.file.path }
    let folder = "dags/\(pipeline.domain)"
    let names = Set(FileTree.files(below: "\(root)/\(folder)"))
      .union(FileTree.files(below: "\(copy.path)/\(folder)"))
    return names.sorted().map { "\(folder)/\($0)" }.filter { path in
      guard !path.hasSuffix(".yaml") || path == own || path.hasSuffix("/domain.yaml") else { return false }
      return !FileTree.holdSame("\(root)/\(path)", "\(copy.path)/\(path)")
    }
  }

  /// The project as it was when a release was taken; nil: no copy of it is left.
  public init?(release: ReleaseID, in state: StateDirectory) {
    let folder = ReleaseFolder(release, in: state)
    guard folder.exists else { return nil }
    self = folder.project(of: folder.path)
  }
}
