import MeshModel
import Planning
import Records

extension Owner {
  /// The runs that a wish makes, and the releases whose files they use besides the latest.
  public func retries(_ wish: RetryWish) throws(SessionError) -> Work {
    var requests: [RunRequest] = []
    var releases: [ReleaseID: Release] = [:]
    for id in wish.runs {
      let detail: RunDetail?
      do { detail = try reader.runDetail(id) } catch { throw SessionError(error) }
      guard let detail else { throw SessionError(.notFound, "there is no run \(id)") }
      var release: Release?
      if wish.files == .kept {
        release = detail.run.release == taken.id ? taken.release : releases[detail.run.release]
        release = release ?? kept.release(detail.run.release)
        if release == nil { release = try recovery.release(detail.run.release) }
        releases[detail.run.release] = release
      }
      var request = try self.requests(of: release).retry(detail, wish.scope)
      request.release = release?.id
      requests.append(request)
    }
    return .runs(requests, using: releases.values.sorted { $0.id < $1.id })
  }

  /// What turns wishes into runs of a release; nil: of the latest.
  private func requests(of release: Release?) -> RunRequests {
    guard let release else { return requests }
    return RunRequests(graph: release.graph, reader: reader, clock: clock)
  }
}
