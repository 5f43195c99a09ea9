import Basics
import MeshModel
import Planning
import Records

/// A scheduler built up from the record as an owner would, without owning the state.
struct RestoredScheduler {
  /// Nothing is decided yet.
  var scheduler: Scheduler
  /// What it was built up from.
  let found: RecoveredState
  /// What new runs are made from.
  let latest: Release
  /// That, and what live runs are made from.
  let releases: [Release]
  /// The declarations of the latest release.
  let project: CheckedProject
}

extension RestoredScheduler {
  /// - Parameters:
  ///   - project: the declarations, where the record has no release.
  ///   - reader: nil: nothing was ever run.
  ///   - workers: nil: as many as there are live attempts.
  ///   - firesSchedules: whoever owns the state is a daemon, for which data may still come.
  init(
    _ project: CheckedProject, state: StateDirectory, reader: StateReader?, workers: Int?,
    firesSchedules: Bool, at now: Instant, clock: any Clock
  ) throws(SessionError) {
    var configuration = Scheduler.Configuration(workers: workers ?? 1, state: "")
    configuration.waitsForData = firesSchedules
    guard let reader else {
      let latest = project.release(0, runningIn: project.root)
      self.init(
        scheduler: Scheduler(release: latest, configuration: configuration), found: .none, latest: latest,
        releases: [latest], project: project)
      return
    }
    let recovery = Recovery(project: project, state: state, reader: reader, clock: clock)
    do {
      let found = try reader.recoveredState(at: now)
      var (declared, latest) = (project, project.release(0, runningIn: project.root))
      if let last = try reader.lastRelease() { (declared, latest) = try recovery.declared(last.id) }
      let live = found.runs.reduce(0) { $0 + $1.instances.count { $0.live != nil } }
      configuration.workers = workers ?? max(1, live)
      configuration.nextRun = found.last.run + 1
      configuration.nextBackfill = found.last.backfill + 1
      configuration.nextMaterialization = found.last.materialization + 1
      let work = try recovery.work(found, latest: latest)
      self.init(
        scheduler: Scheduler(
          restoring: work, latest: latest, configuration: configuration,
          ledger: try PartitionLedger(reading: reader), at: now), found: found, latest: latest,
        releases: work.releases, project: declared)
    } catch {
      throw SessionError(wrapping: error)
    }
  }
}
