import Basics
import Lineage
import MeshModel
import Timetables

/// A release and where its pipelines stand among all that the scheduler knows.
struct KnownRelease: Sendable {
  let release: Release
  let firstPipeline: Int
  /// For each pipeline of its graph; nil where it has no partitions.
  let calendars: [PartitionCalendar?]
}

/// A pipeline as one release has it.
struct KnownPipeline: Sendable {
  /// The place of its release among the scheduler's.
  let release: Int
  /// Its place in that release's graph.
  let index: Int
  let line: Int
  var plan: PipelinePlan?
}

/// What the pipelines of one name share, whatever their release: at most one live run a partition, and the
/// limit of active runs.
struct PipelineLine: Sendable {
  let name: PipelineName
  /// Live runs by partition, ascending.
  var liveRuns: [String: [RunID]] = [:]
  /// When the earliest partition begins that a run was made or taken over for.
  var earliest: Instant?
  /// In the order of their numbers.
  var queuedRuns = Heap<RunID>()
  var activeRuns = 0
  /// As the latest release has it; nil: it has none, or must not run.
  var schedule: LiveSchedule?
  /// As the latest release has it; nil: no data makes it due, or it must not run.
  var trigger: LiveTrigger?
}

extension Scheduler {
  /// The release that new runs are made from. There is always one.
  var latest: KnownRelease { releases[latestRelease] }

  /// Makes a release known; it is the latest from now on.
  mutating func add(_ release: Release) {
    if !releases.isEmpty, latest.release.id == release.id { return }
    remember(release)
    latestRelease = releases.firstIndex { $0.release.id == release.id } ?? 0
    slots.adopt(release.mesh)
    hasNewSchedules = true
  }

  /// Makes a release known, and leaves the latest, whose limits hold, as it is.
  mutating func remember(_ release: Release) {
    if releases.contains(where: { $0.release.id == release.id }) { return }
    slots.adopt(release.mesh)
    if !releases.isEmpty { slots.adopt(latest.release.mesh) }
    let calendars = release.graph.pipelines.map { try? PartitionCalendar(for: $0) }
    releases.append(
      KnownRelease(release: release, firstPipeline: pipelines.count, calendars: calendars))
    for (index, pipeline) in release.graph.pipelines.enumerated() {
      let line: Int
      if let known = lineOfName[pipeline.name] {
        line = known
      } else {
        line = lines.count
        lines.append(PipelineLine(name: pipeline.name))
        lineOfName[pipeline.name] = line
      }
      pipelines.append(KnownPipeline(release: releases.count - 1, index: index, line: line))
    }
  }

  /// Lets go of what releases say that no live run uses: with a new one at every save there would be many.
  mutating func forgetUnusedReleases() {
    var used: Set = [latestRelease]
    for run in runs { if let run { used.insert(pipelines[run.pipeline].release) } }
    for place in releases.indices where !used.contains(place) && releases[place].release.id != 0 {
      let first = releases[place].firstPipeline
      for known in first..<first + releases[place].calendars.count { pipelines[known].plan = nil }
      releases[place] = KnownRelease(
        release: Release(id: 0, mesh: Mesh(root: ""), graph: MeshGraph()), firstPipeline: first, calendars: []
      )
    }
  }

  func pipeline(_ place: Int) -> Pipeline {
    let known = pipelines[place]
    return releases[known.release].release.graph.pipelines[known.index]
  }

  /// The release that a pipeline is of.
  func release(of place: Int) -> KnownRelease { releases[pipelines[place].release] }

  func calendar(of place: Int) -> PartitionCalendar? {
    let known = pipelines[place]
    return releases[known.release].calendars[known.index]
  }

  mutating func plan(_ place: Int) -> PipelinePlan {
    if let plan = pipelines[place].plan { return plan }
    let known = pipelines[place]
    let plan = PipelinePlan(known.index, of: releases[known.release].release, slots: slots)
    pipelines[place].plan = plan
    return plan
  }
}
