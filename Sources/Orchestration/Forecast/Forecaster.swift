import Basics
import Lineage
import MeshModel
import Planning
import Records

/// Foresees what the scheduler will do: it reads the record and writes nothing.
public struct Forecaster {
  private let project: CheckedProject
  private let state: StateDirectory
  private let reader: StateReader?
  private let clock: any Clock
  private let workers: Int

  /// - Parameters:
  ///   - project: the declarations, where the record has no release.
  ///   - reader: nil: nothing was ever run.
  ///   - workers: how many attempts whoever owns the state lets work at once.
  public init(
    project: CheckedProject, state: StateDirectory, reader: StateReader?, clock: any Clock, workers: Int
  ) {
    self.project = project
    self.state = state
    self.reader = reader
    self.clock = clock
    self.workers = workers
  }

  /// What a daemon would do, from the record as it is.
  ///
  /// - Parameters:
  ///   - span: how far.
  ///   - changed: declarations that are deployed at once; nil: those of now stay.
  ///   - most: what is foreseen before it is cut.
  public func forecast(
    _ span: Duration, deploying changed: CheckedProject? = nil, most: ForecastBounds = ForecastBounds()
  ) throws(SessionError) -> Forecast {
    do {
      guard let reader else { return try foresee(span, changed, most, nil) }
      return try reader.snapshot { try foresee(span, changed, most, $0) }
    } catch {
      throw SessionError(wrapping: error)
    }
  }

  /// How long a plan takes, begun now and beside all else that happens.
  ///
  /// - Parameters:
  ///   - order: the plan, of the declarations that this was made with.
  ///   - firesSchedules: a daemon makes it.
  ///   - most: what is foreseen before it is cut.
  public func estimate(
    _ order: BackfillOrder, firesSchedules: Bool, most: ForecastBounds = ForecastBounds()
  ) throws(SessionError) -> PlanEstimate {
    do {
      guard let reader else { return try estimate(order, firesSchedules, most, nil) }
      return try reader.snapshot { try estimate(order, firesSchedules, most, $0) }
    } catch {
      throw SessionError(wrapping: error)
    }
  }

  private func estimate(
    _ order: BackfillOrder, _ firesSchedules: Bool, _ most: ForecastBounds, _ reader: StateReader?
  ) throws(SessionError) -> PlanEstimate {
    let (now, begun) = (clock.now, clock.monotonicNanoseconds)
    var restored = try RestoredScheduler(
      project, state: state, reader: reader, workers: workers, firesSchedules: firesSchedules, at: now,
      clock: clock)
    let planned = project.release(restored.found.last.release + 1, runningIn: project.root)
    restored.scheduler.handle(.release(planned), at: now)
    let backfill = restored.scheduler.nextBackfill
    let stage = Stage(
      scheduler: restored.scheduler, unfinished: restored.found.runs, releases: restored.releases + [planned],
      broken: project.broken, graph: planned.graph, workers: workers, now: now)
    let expectations = RecordedExpectations(RecordedDurations(reader, of: planned.graph))
    let forecast = try stage.foresee(
      reader: reader, expecting: expectations, until: now + Self.longestPlan, most: most,
      coming: [(.backfill(order), at: now)], firesSchedules: firesSchedules, untilEndOf: backfill,
      clock: clock)
    var estimate = PlanEstimate(of: backfill, in: forecast, planned.graph)
    guard forecast.runs.contains(where: { $0.backfill != backfill && $0.missesDeadline }) else {
      return estimate
    }
    var rest = most
    rest.time = most.time.map {
      max(.zero, $0 - .nanoseconds(Int64(clamping: clock.monotonicNanoseconds &- begun)))
    }
    let without = try stage.foresee(
      reader: reader, expecting: expectations, until: forecast.until, most: rest,
      firesSchedules: firesSchedules, clock: clock)
    estimate.findDelayed(of: backfill, in: forecast, without: without)
    return estimate
  }

  private static let longestPlan = Duration.seconds(366 * 86_400)

  private func foresee(
    _ span: Duration, _ changed: CheckedProject?, _ most: ForecastBounds, _ reader: StateReader?
  ) throws(SessionError) -> Forecast {
    let now = clock.now
    var restored = try RestoredScheduler(
      project, state: state, reader: reader, workers: workers, firesSchedules: true, at: now, clock: clock)
    var latest = restored.latest
    if let changed {
      latest = changed.release(restored.found.last.release + 1, runningIn: changed.root)
      restored.scheduler.handle(.release(latest), at: now)
    }
    let stage = Stage(
      scheduler: restored.scheduler, unfinished: restored.found.runs, releases: restored.releases + [latest],
      broken: (changed ?? restored.project).broken, graph: latest.graph, workers: workers, now: now)
    return try stage.foresee(
      reader: reader, expecting: RecordedExpectations(RecordedDurations(reader, of: latest.graph)),
      until: now + span, most: most, clock: clock)
  }

  /// What a forecast begins with.
  package struct Stage {
    package var scheduler: Scheduler
    package var unfinished: [UnfinishedRun]
    /// All that its runs are made from.
    package var releases: [Release]
    package var broken: [Int: BrokenPipelines.Cause]
    /// What new runs are made from.
    package var graph: MeshGraph
    package var workers: Int
    package var now: Instant

    package init(
      scheduler: Scheduler, unfinished: [UnfinishedRun], releases: [Release],
      broken: [Int: BrokenPipelines.Cause] = [:], graph: MeshGraph, workers: Int, now: Instant
    ) {
      self.scheduler = scheduler
      self.unfinished = unfinished
      self.releases = releases
      self.broken = broken
      self.graph = graph
      self.workers = workers
      self.now = now
    }

    /// Has the scheduler go on, on a clock of its own.
    ///
    /// - Parameters:
    ///   - coming: what is under way, in its order.
    ///   - firesSchedules: schedules fire, and data makes runs.
    ///   - backfill: with its end the forecast is over.
    ///   - clock: what the time is counted on that foreseeing takes.
    package func foresee(
      reader: StateReader?, expecting expectations: any Expectations, until end: Instant,
      most: ForecastBounds = ForecastBounds(), coming: [(SchedulerEvent, at: Instant)] = [],
      firesSchedules: Bool = true,
      untilEndOf backfill: BackfillID? = nil, clock: any Clock = SystemClock()
    ) throws(SessionError) -> Forecast {
      let past = ForeseenPast(reader, unfinished: unfinished, releases: releases)
      let book = ForecastBook(past, unfinished: unfinished, from: now)
      var begins: [AttemptID: Instant] = [:]
      for instance in unfinished.flatMap(\.instances) {
        guard let live = instance.live else { continue }
        begins[AttemptID(instance: instance.id, number: instance.attempts)] = live.startedAt
      }
      let owner = VirtualOwner(
        scheduler, past: past,
        requests: { RunRequests(graph: graph, broken: broken, past: past, clock: $0) }, at: now,
        expecting: expectations, begins: begins, firesSchedules: firesSchedules, book: book)
      for (event, due) in coming { owner.happen(event, at: due) }
      var turns = 0
      let last = most.time?.deadline(from: clock.monotonicNanoseconds)
      try owner.run(until: end) {
        turns += 1
        if book.attempts >= most.attempts || turns >= most.turns { return true }
        if let last, clock.monotonicNanoseconds >= last { return true }
        return backfill.map(book.isOver) ?? false
      }
      let isCut = owner.now < end
      return book.forecast(until: owner.now, isCut: isCut, workers: workers)
    }
  }
}
