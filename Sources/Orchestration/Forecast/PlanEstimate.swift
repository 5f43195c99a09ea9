import Basics
import Lineage
import MeshModel

/// How long a backfill's plan takes, foreseen.
public struct PlanEstimate: Sendable, Hashable {
  /// From its beginning to the end of its last run; at least, where it is cut.
  public var takes: Duration
  /// It takes longer than was foreseen, or never ends.
  public var isCut: Bool
  public var workers: Int
  /// Why it is uncertain; none: everything is as before.
  public var doubts: [String]
  /// Pools that have no room for all of it, by name.
  public var crowded: [CrowdedPool]
  /// Runs of others that miss their deadlines, and would not without it.
  public private(set) var delayed: [DelayedRun] = []

  /// A pool for whose slots tasks of a plan wait.
  public struct CrowdedPool: Sendable, Hashable {
    public var pool: String
    /// How many of its tasks wait before they start.
    public var waiting: Int

    /// One sentence.
    public var text: String {
      "pool '\(pool)' is full: \(waiting == 1 ? "1 task waits" : "\(waiting) tasks wait") for a slot of it"
    }
  }

  /// A run that is not over in time, for slots go to a plan.
  public struct DelayedRun: Sendable, Hashable {
    public var pipeline: PipelineName
    public var partition: String?
    public var deadline: Instant

    /// Nil: the run has no deadline.
    init?(_ run: Forecast.Run) {
      guard let deadline = run.deadline else { return nil }
      (pipeline, partition, self.deadline) = (run.pipeline, run.partition?.key, deadline)
    }

    /// One sentence.
    public var text: String {
      let name = partition.map { "\(pipeline)@\($0)" } ?? "\(pipeline)"
      return "'\(name)' would miss its deadline of \(deadline.sqliteText) UTC"
    }
  }

  private static let mostDoubts = 5

  /// How many runs are named that it delays.
  private static let mostNamed = 5

  /// What somebody should know before it is made, a sentence each.
  ///
  /// - Parameter isTold: whether they may know of a pipeline.
  package func warnings(of isTold: (PipelineName) -> Bool = { _ in true }) -> [String] {
    let late = delayed.filter { isTold($0.pipeline) }
    var texts = late.prefix(Self.mostNamed).map(\.text)
    let more = late.count - texts.count
    if more == 1 { texts.append("1 more run would miss its deadline") }
    if more > 1 { texts.append("\(more) more runs would miss their deadlines") }
    return texts + crowded.map(\.text)
  }

  init(of backfill: BackfillID, in forecast: Forecast, _ graph: MeshGraph) {
    let runs = forecast.runs.filter { $0.backfill == backfill }
    crowded = Self.crowded(runs, graph)
    let ends = runs.compactMap(\.endsAt)
    isCut = ends.count < runs.count
    takes = (isCut ? forecast.until : ends.max() ?? forecast.from) - forecast.from
    workers = forecast.workers
    var known: Set<String> = []
    doubts = []
    for doubt in runs.flatMap(\.doubts) where doubts.count < Self.mostDoubts && known.insert(doubt).inserted {
      doubts.append(doubt)
    }
  }

  /// Finds those that are late with it and, where nobody makes it, are there as well and are over in time.
  /// What is late anyway is not its fault, and what comes to be only by it was to be by no time.
  mutating func findDelayed(of backfill: BackfillID, in forecast: Forecast, without: Forecast) {
    var punctual: Set<DelayedRun> = []
    for run in without.runs where !run.missesDeadline && run.endsAt != nil {
      if let run = DelayedRun(run) { punctual.insert(run) }
    }
    var known: Set<DelayedRun> = []
    for run in forecast.runs where run.backfill != backfill {
      // The first run of a partition keeps its deadline, or misses it.
      guard let place = DelayedRun(run), known.insert(place).inserted else { continue }
      if run.missesDeadline, punctual.contains(place) { delayed.append(place) }
    }
  }

  private static func crowded(_ runs: [Forecast.Run], _ graph: MeshGraph) -> [CrowdedPool] {
    var waiting: [String: Int] = [:]
    for run in runs {
      guard let place = graph.index(of: run.pipeline) else { continue }
      for attempt in run.attempts where attempt.wait?.reason.code == "pool_full" {
        guard attempt.startsAt > attempt.wait?.from ?? attempt.startsAt,
          let pool = graph.pipelines[place].tasks[attempt.id.instance.task].pool
        else { continue }
        waiting[pool, default: 0] += 1
      }
      // Those that have not begun where the forecast is cut.
      for (name, wait) in run.unstarted where wait.reason.code == "pool_full" {
        let task = graph.pipelines[place].tasks.first { $0.name == name }
        if let pool = task?.pool { waiting[pool, default: 0] += 1 }
      }
    }
    return waiting.map { CrowdedPool(pool: $0.key, waiting: $0.value) }.sorted { $0.pool < $1.pool }
  }
}
