import MeshModel
import Planning

/// What was looked up beside the loop for a request: the loop itself waits for no file and no directory.
package struct Preparation: Sendable {
  /// Who decides, with the groups of the machine; nil: nobody looked.
  var approver: Approver?
  /// Earlier releases whose files are wanted, or why there is none.
  var releases: [ReleaseID: Result<Release, SessionError>] = [:]

  /// Nothing was.
  package init() {}

  /// Looks up what a request wants that the loop must not wait for.
  init(for request: ControlRequest, from asker: Asker, kept: KeptReleases) throws(SessionError) {
    switch request {
    case .approve: approver = Approver(asker)
    case .retry(let wish) where wish.files == .kept: releases = try kept.load(for: wish.runs)
    default: break
    }
  }
}
