import Basics
import Foundation
import Lineage
import MeshModel
import Planning
import Testing

/// A mesh with schedules on a virtual clock, from one moment to another: tasks take no time and succeed.
struct ZonesWorld {
  struct Attempt {
    var run: RunID
    var inputs: [InputVersion]
    var at: Instant
  }

  private let release: Release
  private var scheduler: Scheduler
  private(set) var runs: [RunID: RunRecord] = [:]
  private(set) var attempts: [Attempt] = []
  /// When each partition was made: `d.days_ny@2024-03-10`.
  private(set) var published: [String: Instant] = [:]
  private var made: Set<String> = []
  /// Runs that are not final, or ended badly.
  private(set) var unfinished: Set<RunID> = []
  /// Ticks that came to nothing though their partition was not made before.
  private(set) var refused: [TickRecord] = []

  init(_ pipelines: [Pipeline]) {
    var configuration = Scheduler.Configuration(workers: 1000, state: "test")
    configuration.waitsForData = true
    release = PlanningWorld(pipelines).release
    scheduler = Scheduler(release: release, configuration: configuration)
  }

  /// The partitions that a pipeline made, in the order in which they begin.
  func made(_ pipeline: String) -> [PartitionInterval] {
    runs.values.filter { $0.pipeline.name == pipeline }.compactMap(\.partition).sorted { $0.start < $1.start }
  }

  mutating func run(from start: Int64, through end: Int64) {
    var now = Instant(seconds: start)
    while now.seconds <= end {
      tick(now)
      while act(now) {}
      let soon = Instant(seconds: now.seconds + 3600)
      now = min(max(scheduler.nextTick ?? soon, now + .seconds(1)), soon)
    }
  }

  private mutating func tick(_ now: Instant) {
    while true {
      let due = scheduler.dueTicks(at: now)
      if due.isEmpty { return }
      for tick in due {
        // As an owner: what the record has is not made again.
        let name = release.graph.pipelines[tick.pipeline].name
        let isMade = made.contains("\(name)@\(tick.partition?.key ?? "")")
        let run = RunRequest(pipeline: tick.pipeline, partition: tick.partition, cause: .schedule)
        let made = TickAnswer(tick, refusal: Reason("same_partition", "made"))
        scheduler.handle(.tick(isMade ? made : TickAnswer(tick, runs: [run])), at: now)
      }
    }
  }

  /// Takes what was decided, and ends what began; whether anything did.
  private mutating func act(_ now: Instant) -> Bool {
    let decisions = scheduler.decide(at: now)
    for change in decisions.changes { take(change) }
    for case .start(let order) in decisions.effects {
      scheduler.handle(.report(.ended(order.id, AttemptOutcome(state: .success))), at: now)
    }
    return !decisions.effects.isEmpty
  }

  private mutating func take(_ change: Change) {
    switch change {
    case .runCreated(let run):
      runs[run.id] = run
      made.insert("\(run.pipeline)@\(run.partition?.key ?? "")")
      unfinished.insert(run.id)
    case .runFinished(let run, .success, _, _): unfinished.remove(run)
    case .attemptStarted(let attempt, _, let inputs, let at):
      attempts.append(Attempt(run: attempt.instance.run, inputs: inputs, at: at))
    case .materialized(let record):
      published["\(record.dataset)@\(record.partition?.key ?? "")"] = record.at
    case .ticked(let tick):
      switch tick.outcome {
      case .run: break
      case .skipped(let reason) where reason.code == "same_partition": break
      default: refused.append(tick)
      }
    default: break
    }
  }
}

/// The periods of a zone from nothing but the offsets that Foundation tells for every half hour: a period is
/// the stretch in which the wall clock shows the same hour, day, week or month.
struct WallCalendar {
  private struct Step {
    var at: Int64
    var offset: Int
    var time: DateComponents
  }

  private var steps: [Step] = []

  init(_ name: String, from start: Int64, through end: Int64) throws {
    let zone = try #require(TimeZone(identifier: name))
    let utc = try #require(TimeZone(secondsFromGMT: 0))
    var calendar = Calendar(identifier: .iso8601)
    calendar.timeZone = utc
    for second in stride(from: start, through: end, by: 1800) {
      let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second)))
      let wall = Date(timeIntervalSince1970: Double(second) + Double(offset))
      let time = calendar.dateComponents(
        [.year, .month, .day, .hour, .yearForWeekOfYear, .weekOfYear], from: wall)
      steps.append(Step(at: second, offset: offset, time: time))
    }
  }

  /// All that lie wholly between the bounds.
  func periods(_ grain: Grain) -> [PartitionInterval] {
    let labels = steps.map { Self.label($0, grain) }
    var offsets: [String: Set<Int>] = [:]
    for (step, label) in zip(steps, labels) { offsets[label, default: []].insert(step.offset) }
    var result: [PartitionInterval] = []
    var begin = 0
    for place in steps.indices.dropFirst() {
      let isSame =
        labels[place] == labels[begin] && (grain != .hourly || steps[place].offset == steps[begin].offset)
      if isSame { continue }
      let isTwice = grain == .hourly && (offsets[labels[begin]]?.count ?? 0) > 1
      result.append(
        PartitionInterval(
          key: labels[begin] + (isTwice ? Self.text(offset: steps[begin].offset) : ""),
          start: Instant(seconds: steps[begin].at), end: Instant(seconds: steps[place].at)))
      begin = place
    }
    return Array(result.dropFirst())
  }

  private static func label(_ step: Step, _ grain: Grain) -> String {
    let time = step.time
    let month = String(format: "%04d-%02d", time.year ?? 0, time.month ?? 0)
    switch grain {
    case .weekly: return String(format: "%04d-W%02d", time.yearForWeekOfYear ?? 0, time.weekOfYear ?? 0)
    case .monthly: return month
    case .yearly: return String(month.prefix(4))
    case .daily: return month + String(format: "-%02d", time.day ?? 0)
    case .hourly: return month + String(format: "-%02dT%02d:00", time.day ?? 0, time.hour ?? 0)
    }
  }

  private static func text(offset: Int) -> String {
    (offset < 0 ? "-" : "+") + String(format: "%02d:%02d", abs(offset) / 3600, abs(offset) / 60 % 60)
  }
}
