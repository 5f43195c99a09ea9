import Basics
import Lineage
import MeshModel
import Timetables

/// A tick that is due: its owner says what the record knows of the partition.
public struct DueTick: Sendable {
  /// The pipeline's place in the graph of the latest release.
  public var pipeline: Int
  public var at: Instant
  /// What it is to make; nil: the pipeline has no partitions.
  public var partition: PartitionInterval?
  /// From the tick before to this one, where there are no partitions; nil: this is the first.
  public var ticks: DataInterval?
}

/// What there is to do for a tick, as far as the record tells.
public struct TickAnswer: Sendable {
  public var tick: DueTick
  /// The run it asks for, after those of earlier partitions that it rebuilds.
  public var runs: [RunRequest]
  /// Why it asks for none.
  public var refusal: Reason?

  public init(_ tick: DueTick, runs: [RunRequest]) {
    self.tick = tick
    self.runs = runs
  }

  public init(_ tick: DueTick, refusal: Reason) {
    self.tick = tick
    runs = []
    self.refusal = refusal
  }
}

/// Runs by the clock: every tick of a schedule enters the ledger exactly once.
///
/// Ticks go by the wall clock, everything else by one that never steps. Where the wall clock is put back,
/// what is counted stays counted.
extension Scheduler {
  /// A tick that comes later than this was missed: nobody was there to see it.
  private static let lateness = Duration.seconds(60)
  /// So many runs of a new schedule's history are made without asking.
  private static let mostHistory = 100

  /// When `dueTicks` or `dueDeadlines` is to be asked next, by the wall clock; nil: never.
  public var nextTick: Instant? { [nextFiring, watches.timers.first?.due].compactMap(\.self).min() }

  /// When `dueTicks` alone is to be asked next, by the wall clock; nil: never.
  public var nextFiring: Instant? {
    guard !hasNewSchedules, !hasArrivals else { return Instant(milliseconds: .min) }
    return tickTimers.first?.due
  }

  /// The ticks that are due: whoever asks answers each with an event. Those that were missed and are not made
  /// up for enter the ledger here.
  public mutating func dueTicks(at wall: Instant, most: Int = .max) -> [DueTick] {
    if hasNewSchedules { takeUpSchedules(at: wall) }
    var ticks: [DueTick] = []
    while ticks.count < most, let timer = tickTimers.first, timer.due <= wall {
      _ = tickTimers.popFirst()
      guard let schedule = lines[timer.line].schedule, schedule.timer == timer.due else { continue }
      lines[timer.line].schedule?.timer = nil
      guard !paused.contains(.pipeline(lines[timer.line].name)),
        let tick = dueTick(timer.line, at: wall)
      else { continue }
      ticks.append(
        DueTick(
          pipeline: schedule.place, at: tick, partition: schedule.due.partition(at: tick),
          ticks: schedule.due.interval(endingAt: tick)))
    }
    return ticks
  }

  /// The tick of a schedule that is to be answered; nil: none is due, and a timer is set for the next.
  private mutating func dueTick(_ line: Int, at wall: Instant) -> Instant? {
    while let schedule = lines[line].schedule, let first = schedule.due.next(after: countedTo(line)) {
      let horizon = wall - schedule.declared.delay
      guard first <= horizon else {
        lines[line].schedule?.wasPaused = false
        setTickTimer(line, at: first + schedule.declared.delay)
        return nil
      }
      let punctual = schedule.wasPaused ? horizon : horizon - Self.lateness
      guard first <= punctual, schedule.declared.catchup != .all else { return first }
      let isMadeUpFor = schedule.declared.catchup == .latest
      let last = schedule.due.last(notAfter: isMadeUpFor ? horizon : punctual, after: first) ?? first
      if isMadeUpFor {
        if last == first { return first }
        let missed = schedule.due.last(notAfter: last - .milliseconds(1), after: first) ?? first
        enter(line, first, through: missed, .missed(Self.overtaken))
        return last
      }
      enter(line, first, through: last, .missed(schedule.wasPaused ? Self.pauseMissed : Self.missed))
    }
    return nil
  }

  /// Up to where the ticks of a live schedule are in the ledger.
  func countedTo(_ line: Int) -> Instant {
    countedSchedules[lines[line].name]?.countedTo ?? Instant(milliseconds: .max)
  }

  private static let overtaken = Reason(
    "overtaken", "a later interval was due as well, and 'catchup' is latest")
  private static let missed = Reason("down", "no daemon was there, and 'catchup' is none")
  private static let pauseMissed = Reason("paused", "the pipeline was paused, and 'catchup' is none")

  private mutating func enter(
    _ line: Int, _ tick: Instant, through last: Instant? = nil, _ outcome: TickRecord.Outcome
  ) {
    let record = TickRecord(
      pipeline: lines[line].name, at: tick, through: last, outcome: outcome, decidedAt: now)
    decisions.changes.append(.ticked(record))
    countedSchedules[record.pipeline]?.countedTo = record.through
    lastTicks[record.pipeline] = record.through
    wakeWaiters(forDataOf: line)
  }

  private mutating func setTickTimer(_ line: Int, at due: Instant) {
    lines[line].schedule?.timer = due
    tickTimers.insert(TickTimer(due: due, line: line))
  }

  /// Enters a tick in the ledger and makes its run, if one is to be made.
  mutating func take(_ answer: TickAnswer) {
    let place = latest.firstPipeline + answer.tick.pipeline
    guard pipelines.indices.contains(place) else { return }
    let line = pipelines[place].line
    guard let schedule = lines[line].schedule, answer.tick.at > countedTo(line) else { return }
    if let refusal = answer.refusal ?? refusal(of: answer.tick, line, schedule) {
      enter(line, answer.tick.at, .skipped(refusal))
    } else {
      makeRoom(line, schedule.declared.whenFull, schedule.maxActiveRuns)
      for request in answer.runs.dropLast() where liveRun(line, of: request.partition) == nil {
        create(request, backfill: nil)
      }
      let run = configuration.nextRun
      if var request = answer.runs.last {
        request.ticks = answer.tick.ticks
        create(request, backfill: nil)
      }
      enter(line, answer.tick.at, .run(run))
    }
    setTickTimer(line, at: answer.tick.at)
  }

  /// A live run of a partition that nobody has cancelled.
  func liveRun(_ line: Int, of partition: PartitionInterval?) -> RunID? {
    partition.flatMap { lines[line].liveRuns[$0.key] }?.first { !isCancelled($0) }
  }

  /// Nobody could say what the record knows of a tick: it is asked for again later.
  public mutating func postpone(_ tick: DueTick, to moment: Instant) {
    let place = latest.firstPipeline + tick.pipeline
    guard pipelines.indices.contains(place), lines[pipelines[place].line].schedule != nil else { return }
    setTickTimer(pipelines[place].line, at: moment)
  }

  private func refusal(of tick: DueTick, _ line: Int, _ schedule: LiveSchedule) -> Reason? {
    if let partition = tick.partition, let run = liveRun(line, of: partition) {
      return Reason("same_partition", "run \(run) makes '\(partition.key)' already")
    }
    guard schedule.declared.whenFull == .skip, isFull(line, schedule.maxActiveRuns) else { return nil }
    return Self.full
  }

  static let full = Reason("full", "as many runs are live as may be active, and 'when_full' is skip")

  /// What is being cancelled takes nobody's place: it ends soon, and nothing is to be made of it.
  func isFull(_ line: Int, _ most: Int) -> Bool {
    lines[line].liveRuns.values.joined().count { !isCancelled($0) } >= most
  }

  /// Cancels what is live, where it is asked for.
  mutating func makeRoom(_ line: Int, _ whenFull: Schedule.WhenFull, _ most: Int) {
    guard whenFull == .cancelRunning, isFull(line, most) else { return }
    for run in lines[line].liveRuns.values.flatMap({ $0 }).sorted() where !isCancelled(run) { cancel(run) }
  }

  func isCancelled(_ run: RunID) -> Bool {
    slotOfRun[run].flatMap { runs[$0]?.cancellation } != nil
  }

  /// Has the ticks of a pause looked at.
  mutating func countTicksOfPause(of name: PipelineName) {
    guard let line = lineOfName[name], lines[line].schedule != nil else { return }
    lines[line].schedule?.wasPaused = true
    setTickTimer(line, at: Instant(milliseconds: .min))
  }
}

/// Which schedules count, and from when.
extension Scheduler {
  /// Takes up the latest release's schedules: what is new or was edited counts from now on, what is known
  /// goes on where the ledger ends.
  mutating func takeUpSchedules(at wall: Instant) {
    hasNewSchedules = false
    let known = latest
    // Those with mistakes, and those whose file cannot be found among mistakes, stand still: what they miss
    // is counted once that is mended.
    for line in lines.indices { lines[line].schedule = nil }
    tickTimers = Heap()
    for (index, pipeline) in known.release.graph.pipelines.enumerated() {
      let line = pipelines[known.firstPipeline + index].line
      guard !known.release.broken.contains(index) else { continue }
      lines[line].schedule = LiveSchedule(pipeline, at: index)
      takeUp(line, at: wall)
    }
    for name in countedSchedules.keys.sorted() where !keepsSchedule(name) {
      countedSchedules[name] = nil
      decisions.changes.append(.unscheduled(name, at: now))
    }
    takeUpTriggers()
    takeUpWatches(at: wall)
    // What was still to come may not come any more.
    wakeAllWaitersForData()
  }

  private func keepsSchedule(_ name: PipelineName) -> Bool {
    guard let place = latest.release.graph.index(of: name) else { return !latest.release.isWhole }
    return latest.release.broken.contains(place) || latest.release.graph.pipelines[place].schedule != nil
  }

  private mutating func takeUp(_ line: Int, at wall: Instant) {
    guard let schedule = lines[line].schedule else { return }
    let name = lines[line].name
    let rhythm = schedule.due.timetable.rhythm
    if countedSchedules[name]?.rhythm != rhythm {
      let wanted = countedSchedules[name] == nil ? historyBegin(schedule, at: wall) : wall
      // What is in the ledger stays decided, where the schedule comes back or the clock was put back.
      let begin = max(wanted, lastTicks[name] ?? wanted)
      let record = ScheduleRecord(pipeline: name, rhythm: rhythm, countedTo: begin)
      countedSchedules[name] = record
      decisions.changes.append(.scheduled(record, at: now))
    }
    setTickTimer(line, at: Instant(milliseconds: .min))
  }

  /// After which moment the ticks of a schedule count that nobody knew: from its start on, where it names one
  /// and that is no more history than may be made up for unasked.
  private func historyBegin(_ schedule: LiveSchedule, at wall: Instant) -> Instant {
    guard schedule.due.opens > Instant(milliseconds: .min), schedule.due.opens < wall else { return wall }
    guard schedule.declared.catchup == .all else { return schedule.due.opens }
    var tick = schedule.due.opens
    for _ in 0...Self.mostHistory {
      guard let next = schedule.due.next(after: tick), next <= wall else { return schedule.due.opens }
      tick = next
    }
    return wall
  }
}
