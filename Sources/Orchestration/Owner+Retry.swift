import MeshModel
import Planning
import Records

extension Owner {
  /// The runs that a wish makes, and the releases whose files they use besides the latest; those are read
  /// here.
  public func retries(_ wish: RetryWish) throws(SessionError) -> Work {
    try retries(wish, using: wish.files == .kept ? kept.load(for: wish.runs) : [:])
  }

  /// - Parameter found: the earlier releases, as they were read: nothing is read here.
  func retries(
    _ wish: RetryWish, using found: [ReleaseID: Swift.Result<Release, SessionError>]
  ) throws(SessionError) -> Work {
    var requests: [RunRequest] = []
    var releases: [ReleaseID: Release] = [:]
    for id in wish.runs {
      let detail: RunDetail?
      do { detail = try reader.runDetail(id) } catch { throw SessionError(error) }
      guard let detail else { throw SessionError(.notFound, "there is no run \(id)") }
      var release: Release?
      if wish.files == .kept {
        let known = try kept(detail.run.release, found)
        releases[known.id] = known
        release = known
      }
      var request = try self.requests(of: release).retry(detail, wish.scope)
      request.release = release?.id
      requests.append(request)
    }
    return .runs(requests, using: releases.values.sorted { $0.id < $1.id })
  }

  /// The release of a run, where it was read beside the loop.
  private func kept(
    _ id: ReleaseID, _ found: [ReleaseID: Swift.Result<Release, SessionError>]
  ) throws(SessionError) -> Release {
    if id == taken.id { return taken.release }
    guard let known = found[id] else {
      throw SessionError(.conflict, "release \(id) was not read before it was wanted", help: "try again")
    }
    return try known.get()
  }

  /// What turns wishes into runs of a release; nil: of the latest.
  private func requests(of release: Release?) -> RunRequests {
    guard let release else { return requests }
    return RunRequests(graph: release.graph, reader: reader, clock: clock)
  }
}
