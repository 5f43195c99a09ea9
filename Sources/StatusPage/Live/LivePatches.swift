import Basics
import MeshModel
import Records

/// What a stretch of the event log changed, each thing once and as it is now.
struct LivePatches {
  /// A change as JSON, with what it is about.
  struct Patch: Sendable {
    /// Those that it is about; nil: it is about none.
    var domains: Set<String>?
    /// The run whose tasks it is about; nil: it is about no task.
    var taskOf: RunID?
    var json: [UInt8]
  }

  private var runs: Set<RunID> = []
  private var instances: [RunID: Set<InstanceID>] = [:]
  private var backfills: Set<BackfillID> = []
  private var paused: [PauseTarget: Bool] = [:]
  private var datasets: [DatasetName: String] = [:]
  private var releases: Set<ReleaseID> = []
  private var removed: [RunID] = []
  private var alerts: Set<AlertID> = []
  private var hasSilences = false

  mutating func add(_ change: Change) {
    if let run = change.run { runs.insert(run) }
    switch change {
    case .instanceQueued(let instance, _, _), .instanceFinished(let instance, _, _, _):
      instances[instance.run, default: []].insert(instance)
    case .attemptStarted(let attempt, _, _, _), .attemptRunning(let attempt, _, _),
      .attemptStopping(let attempt, _, _), .attemptEnded(let attempt, _, _, _, _):
      instances[attempt.instance.run, default: []].insert(attempt.instance)
    case .runCreated(let run): if let backfill = run.backfill { backfills.insert(backfill) }
    case .backfillCreated(let backfill): backfills.insert(backfill.id)
    case .backfillFinished(let backfill, _, _): backfills.insert(backfill)
    case .paused(let target, _): paused[target] = true
    case .resumed(let target, _): paused[target] = false
    case .materialized(let made): datasets[made.dataset] = made.partition?.key ?? ""
    case .coveredAsSkipped(let dataset, let partition, _, _, _): datasets[dataset] = partition?.key ?? ""
    case .markedMissing(let dataset, let partition, _, _): datasets[dataset] = partition
    case .markedPresent(let dataset, let partition, _, _, _): datasets[dataset] = partition?.key ?? ""
    case .releaseTaken(let release): releases.insert(release.id)
    case .runsRemoved(let gone, _): removed += gone
    case .alertRaised(let alert): alerts.insert(alert.id)
    case .alertAcknowledged(let alert, _, _, _), .alertResolved(let alert, _, _): alerts.insert(alert)
    case .silenced, .unsilenced: hasSilences = true
    default: break
    }
  }

  /// More than this is told as a gap: whoever follows looks anew.
  static let most = 2000

  var isTooMuch: Bool {
    runs.count + alerts.count + instances.values.reduce(0) { $0 + $1.count } > Self.most
  }

  /// The patches, each thing as the reader's snapshot has it.
  ///
  /// - Parameter watched: the runs whose tasks somebody follows.
  func patches(_ reader: StateReader, watched: Set<RunID>, at now: Instant) throws -> [Patch] {
    var patches: [Patch] = []
    for id in runs.sorted() {
      guard let run = try reader.run(id) else { continue }
      let domain = run.pipeline.domain
      patches.append(
        Self.patch("run", domains: [domain]) { writer in
          writer.number("id", id)
          writer.member("patch") { run.write(to: &$0, at: now) }
        })
      guard watched.contains(id), let touched = instances[id], let detail = try reader.runDetail(id) else {
        continue
      }
      for instance in detail.instances where touched.contains(instance.id) {
        patches.append(
          Self.patch("task", domains: [domain], taskOf: id) { writer in
            writer.number("run", id)
            writer.text("task", instance.task)
            writer.number("index", instance.id.index)
            writer.member("patch") { instance.write(to: &$0, at: now) }
          })
      }
    }
    return patches + (try otherPatches(reader))
  }

  private func otherPatches(_ reader: StateReader) throws -> [Patch] {
    var patches: [Patch] = []
    let stopped = Set(try reader.paused())
    var touched = backfills
    for case .backfill(let id) in paused.keys { touched.insert(id) }
    for id in touched.sorted() {
      guard let backfill = try reader.backfill(id) else { continue }
      patches.append(
        Self.patch("backfill", domains: try reader.domains(of: id)) { writer in
          writer.text("id", "b\(id)")
          writer.member("patch") { backfill.write(to: &$0, isPaused: stopped.contains(.backfill(id))) }
        })
    }
    for case (.pipeline(let name), let isPaused) in paused {
      patches.append(
        Self.patch("pipeline", domains: [name.domain]) { writer in
          writer.text("id", name.description)
          writer.member("patch") { $0.flag("paused", isPaused) }
        })
    }
    for (name, key) in datasets.sorted(by: { $0.key < $1.key }) {
      patches.append(
        Self.patch("dataset", domains: [name.domain]) { writer in
          writer.text("id", name.description)
          writer.member("patch") { $0.text("partition", key.isEmpty ? nil : key) }
        })
    }
    for id in releases.sorted() {
      patches.append(
        Self.patch("release", domains: nil) { writer in
          writer.number("id", id)
          writer.member("patch") { _ in }
        })
    }
    for id in alerts.sorted() {
      guard let alert = try reader.alert(id) else { continue }
      patches.append(
        Self.patch("alert", domains: [alert.record.cause.pipeline.domain]) { writer in
          writer.number("id", id)
          writer.member("patch") { $0.members(of: alert) }
        })
    }
    if hasSilences { patches.append(Self.patch("silences", domains: nil) { _ in }) }
    if !removed.isEmpty {
      patches.append(
        Self.patch("removed", domains: nil) { writer in
          writer.list("runs", removed) { $0.integer($1) }
        })
    }
    return patches
  }

  private static func patch(
    _ kind: String, domains: Set<String>?, taskOf: RunID? = nil, _ members: (inout JSONWriter) -> Void
  ) -> Patch {
    var writer = JSONWriter()
    writer.object { writer in
      writer.text("kind", kind)
      members(&writer)
    }
    return Patch(domains: domains, taskOf: taskOf, json: writer.bytes)
  }
}
