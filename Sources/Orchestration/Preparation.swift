import MeshModel
import Planning

/// What was looked up beside the loop for a request: the loop itself waits for no file and no directory.
package struct Preparation: Sendable {
  /// Who decides, with the groups of the machine; nil: nobody looked.
  var approver: Approver?
  /// Earlier releases whose files are wanted, or why there is none.
  var releases: [ReleaseID: Result<Release, SessionError>] = [:]

  package init() {}
}
