import Basics
import Diagnostics
import Lineage
import MeshModel
import Planning
import Records

/// What the owner before this one left, and this one goes on with.
public struct RecoverySummary: Sendable, Hashable {
  /// Runs that are not final.
  public var runs = 0
  /// Attempts that were live: each is adopted or proven dead.
  public var attempts = 0
}

/// Reads what is not final as the scheduler takes it.
struct Recovery {
  let project: CheckedProject
  let state: StateDirectory
  let reader: StateReader
  let clock: any Clock

  /// - Parameter latest: the release that new runs are made from.
  func work(_ found: RecoveredState, latest: Release) throws(SessionError) -> UnfinishedWork {
    var releases: [ReleaseID: Release] = [latest.id: latest]
    var runs: [UnfinishedWork.Run] = []
    for run in found.runs {
      let id = run.record.release
      if releases[id] == nil { releases[id] = try release(id) }
      guard let release = releases[id] else { continue }
      runs.append(try work(run, of: release))
    }
    return UnfinishedWork(
      releases: releases.values.sorted { $0.id < $1.id }, runs: runs,
      backfills: found.backfills.map {
        .init(id: $0.id, maxActive: $0.maxActive, failed: $0.failed, cancelled: $0.cancelled)
      }, paused: found.paused, schedules: found.schedules,
      lastTicks: found.lastTicks, triggers: found.triggers, alerts: found.alerts)
  }

  private func work(
    _ run: UnfinishedRun, of release: Release
  ) throws(SessionError) -> UnfinishedWork.Run {
    let record = run.record
    guard let index = release.graph.index(of: record.pipeline) else {
      throw SessionError(
        .environment,
        "run \(record.id) is of '\(record.pipeline)', which its release \(release.id) does not have",
        help: "put back the folder '\(ReleaseFolder(release.id, in: state).path)'")
    }
    let requests = RunRequests(graph: release.graph, reader: reader, clock: clock)
    var past = RunRequest.Past.none
    if let partition = record.partition { past = try requests.past(of: index, partition) }
    return UnfinishedWork.Run(
      run: run,
      keptOutputs: try requests.outputs(of: index, partition: record.partition?.key, kept: record.kept),
      past: past)
  }

  /// An earlier release, from its copy.
  func release(_ id: ReleaseID) throws(SessionError) -> Release { try declared(id).release }

  /// The declarations of an earlier release, from its copy.
  func declared(_ id: ReleaseID) throws(SessionError) -> (project: CheckedProject, release: Release) {
    try Self.declared(id, root: project.root, state: state)
  }

  /// Those of an earlier release of the project in a folder.
  static func declared(
    _ id: ReleaseID, root: String, state: StateDirectory
  ) throws(SessionError) -> (project: CheckedProject, release: Release) {
    let folder = ReleaseFolder(id, in: state)
    guard folder.exists else {
      throw SessionError(
        .environment, "the copy of release \(id) is needed, and '\(folder.path)' is gone",
        help: "put the folder back, or the whole state as it was with 'heddle restore'")
    }
    let declared = folder.project(of: root)
    return (declared, declared.release(id, runningIn: folder.path))
  }
}

extension CheckedProject {
  /// The declarations as runs use them.
  ///
  /// Tasks are told the project's own folder, and load its files.
  ///
  /// - Parameter folder: the folder in which commands run: the release's copy of the project.
  func release(_ id: ReleaseID, runningIn folder: String) -> Release {
    var mesh = mesh
    mesh.root = root
    mesh.moveNotifications(from: self.folder, to: folder)
    let graph = graph.moved(from: self.folder, to: folder)
    return Release(
      id: id, mesh: mesh, graph: graph, broken: Set(broken.keys), isWhole: diagnostics.errorCount == 0,
      codes: CodeVersions(graph: graph, mesh: mesh).all)
  }
}
