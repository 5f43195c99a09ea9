import MeshModel
import Records

extension CheckedProject {
  /// Whether a release of that digest is of these files, as they are now.
  public func isRelease(_ digest: String) -> Bool {
    ReleaseFolder.digest(of: root, declared: self.digest) == digest
  }

  /// The project as it was when a release was taken; nil: no copy of it is left.
  public init?(release: ReleaseID, in state: StateDirectory) {
    let folder = ReleaseFolder(release, in: state)
    guard folder.exists else { return nil }
    self.init(loading: folder.path)
  }
}
