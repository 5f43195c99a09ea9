import Basics
import Lineage
import MeshModel
import Orchestration
import Records

/// What `/metrics` tells: what the record has of the pipelines that the caller may know of, and of the slots
/// that their tasks take.
struct Figures: Sendable {
  /// Something that gives out slots.
  struct Room: Sendable {
    /// As `heddle pools` has it: workers, domain, pool.
    let kind: String
    let name: String
    /// Nil: there is no limit, or nobody knows it.
    var slots: Int?
    var used = 0
    var waiting = 0
  }

  var pipelines = PrometheusText()
  /// The workers first.
  var rooms: [Room]

  /// - Parameters:
  ///   - loopLatency: what the loop took to answer, in nanoseconds.
  ///   - workers: how many attempts it lets work at once.
  func text(loopLatency: UInt64, workers: Int?) -> PrometheusText {
    var (text, rooms) = (pipelines, rooms)
    rooms[0].slots = workers
    func family(_ name: String, _ help: String, _ value: (Room) -> Int?) {
      text.family(name, .gauge, help)
      for room in rooms {
        guard let value = value(room) else { continue }
        text.sample(["kind": room.kind, "name": room.name].filter { !$0.value.isEmpty }, Double(value))
      }
    }
    family("heddle_slots", "How many tasks may work at once.") { $0.slots }
    family("heddle_slots_used", "How many tasks work.") { $0.used }
    family("heddle_slots_waiting", "How many tasks wait for a slot, or until their pipeline is resumed.") {
      $0.waiting
    }
    text.family("heddle_loop_latency_seconds", .gauge, "What the loop took to answer just now.")
    text.sample([:], Double(loopLatency) / 1_000_000_000)
    return text
  }
}

extension Visit {
  func figures() throws -> Figures {
    try read { reader in
      var text = PrometheusText()
      text.family("heddle_info", .gauge, "The version that answers.")
      text.sample(["version": world.settings.version], 1)
      add(try healths(readablePipelines, reader, recent: 1), to: &text)
      text.family("heddle_live_tasks", .gauge, "Task instances that are not final, by state.")
      for (state, count) in try reader.openInstances().sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
        text.sample(["state": state.rawValue], Double(count))
      }
      text.family("heddle_alerts_open", .gauge, "Alerts whose cause lasts, by kind.")
      let alerts = try openAlerts(reader)
      for kind in AlertKind.allCases {
        text.sample(["kind": kind.rawValue], Double(alerts[kind]?.open ?? 0))
      }
      text.family("heddle_events_total", .counter, "Changes in the event log.")
      text.sample([:], Double(try reader.lastSequence()))
      if let tick = try reader.lastTick() {
        text.family(
          "heddle_tick_age_seconds", .gauge, "How long ago the last tick was due that the ledger has.")
        text.sample([:], Double(max(.zero, now - tick).wholeMilliseconds) / 1000)
      }
      return Figures(pipelines: text, rooms: try rooms(reader))
    }
  }

  private func add(_ healths: [PipelineHealth], to text: inout PrometheusText) {
    text.family("heddle_pipeline_failures", .gauge, "Failed runs since the last success.")
    for health in healths {
      text.sample(["pipeline": health.pipeline.name.description], Double(health.status.failures))
    }
    text.family("heddle_pipeline_runs_live", .gauge, "Runs that are not final.")
    for health in healths {
      let name = health.pipeline.name.description
      text.sample(["pipeline": name, "state": "queued"], Double(health.status.queued))
      text.sample(["pipeline": name, "state": "running"], Double(health.status.running))
    }
    text.family("heddle_pipeline_last_success_timestamp_seconds", .gauge, "When it last succeeded.")
    for health in healths {
      guard let at = health.status.lastSuccess?.finishedAt else { continue }
      text.sample(["pipeline": health.pipeline.name.description], Double(at.milliseconds) / 1000)
    }
    text.family("heddle_pipeline_last_run_duration_seconds", .gauge, "What the last run took so far.")
    for health in healths {
      guard let span = health.status.latest?.duration(at: now) else { continue }
      text.sample(["pipeline": health.pipeline.name.description], Double(span.wholeMilliseconds) / 1000)
    }
    text.family("heddle_pipeline_late", .gauge, "Whether its deadline has passed.")
    for health in healths {
      text.sample(["pipeline": health.pipeline.name.description], health.isLate ? 1 : 0)
    }
  }

  /// The workers, then the domains that the caller may know of, and the pools of the mesh.
  private func rooms(_ reader: StateReader) throws -> [Figures.Room] {
    let mesh = declared.project.mesh
    var rooms = [Figures.Room(kind: "workers", name: "", slots: nil)]
    rooms += mesh.domains.filter { caller.mayRead($0.name) }.map {
      .init(kind: "domain", name: $0.name, slots: $0.slots)
    }
    rooms += mesh.pools.map { .init(kind: "pool", name: $0.name, slots: $0.slots) }
    let places = Dictionary(
      rooms.enumerated().map { ([$1.kind, $1.name], $0) }, uniquingKeysWith: { first, _ in first })
    for takers in try reader.slotTakers() {
      let index = declared.graph.index(of: takers.pipeline)
      let tasks = index.map { declared.graph.pipelines[$0].tasks } ?? []
      let pool = tasks.indices.contains(takers.task) ? tasks[takers.task].pool : nil
      let kinds =
        [["workers", ""], ["domain", takers.pipeline.domain]] + (pool.map { [["pool", $0]] } ?? [])
      for place in kinds.compactMap({ places[$0] }) {
        rooms[place].used += takers.running
        rooms[place].waiting += takers.waiting
      }
    }
    return rooms
  }
}
