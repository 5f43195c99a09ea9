import Basics
import MeshModel
import Orchestration
import Planning
import Records

/// The future as the machine has it.
private struct Foretold: Expectations {
  let machine: Machine

  var ending: Duration { .zero }

  func end(of order: AttemptOrder) -> ExpectedEnd {
    let (outcome, after) = machine.foretold(order)
    return ExpectedEnd(outcome, after: after)
  }

  func answer(to order: EvaluationOrder, at now: Instant) -> (EvaluationAnswer, doubt: String?) {
    (machine.answer(to: order), nil)
  }

  func answer(to probe: ProbeOrder, at now: Instant) -> (ProbeAnswer, doubt: String?) {
    (machine.answer(to: probe, at: (now - SimulatedClock.beginning).wholeMilliseconds), nil)
  }

  func approval(of task: TaskName) -> (after: Duration?, doubt: String?) { (nil, nil) }
}

extension World {
  /// Plays a world in which nothing goes wrong, makes forecasts at some moments, and holds against them what
  /// happens while nobody asks for anything.
  static func playForetold(seed: UInt64, isTraced: Bool) -> Tally {
    let world = World(seed: seed, isForetold: true, isTraced: isTraced)
    world.agenda.add(.operatorActs, after: 0)
    world.begin()
    for _ in 0..<world.chance.number(1...3) where world.court.violations.isEmpty {
      for _ in 0..<world.chance.number(1...60) where world.court.violations.isEmpty { world.step() }
      do { try world.compareForecast() } catch {
        world.court.violations.append((Forecasts.law, "there is no forecast: \(error)"))
      }
    }
    return world.conclude()
  }

  private func compareForecast() throws {
    guard let owner, owner.outage == nil, court.violations.isEmpty, let release = releases[latest] else {
      return
    }
    let now = owner.time.now
    let end = now + .milliseconds(chance.span(1_000_000, 400_000_000))
    let found = try owner.reader.recoveredState()
    let stage = Forecaster.Stage(
      scheduler: owner.loop.scheduler, unfinished: found.runs,
      releases: releases.values.sorted { $0.id < $1.id }, graph: release.graph, workers: workers, now: now)
    let forecast = try stage.foresee(
      reader: owner.reader, expecting: Foretold(machine: machine), until: end,
      most: ForecastBounds(attempts: 3000), coming: coming)
    guard !forecast.isCut else { return }
    tally.decisions += forecast.runs.count
    watched = []
    try letPass(until: end)
    let happened = watched ?? []
    watched = nil
    let live = found.runs.flatMap(\.instances).filter { $0.live != nil }.map {
      AttemptID(instance: $0.id, number: $0.attempts)
    }
    Forecasts.compare(forecast, with: happened, live: Set(live), court)
  }

  /// What is under way.
  private var coming: [(SchedulerEvent, at: Instant)] {
    agenda.pending.compactMap { due, happening in
      let report: WorkerReport? =
        switch happening {
        case .report(let report, _): report
        case .processEnds(let key): machine.coming(key)
        case .processDies(let key, let signal, _): machine.coming(key, signal: signal)
        default: nil
        }
      return report.map { (.report($0), SimulatedClock.beginning + .milliseconds(due)) }
    }
  }

  /// Lets time pass in which operators do nothing.
  private func letPass(until end: Instant) throws {
    var postponed: [Agenda.Happening] = []
    while court.violations.isEmpty, turns < 200_000,
      let next = [agenda.nextDue, owner?.wakeUp].compactMap({ $0 }).min(),
      SimulatedClock.beginning + .milliseconds(next) <= end
    {
      turns += 1
      agenda.advance(to: next)
      var batch: [EventLoop.Message] = []
      while let happening = agenda.next() {
        switch happening {
        case .operatorActs, .resume, .deploy, .apply, .upkeep, .faultStrikes: postponed.append(happening)
        default: happen(happening, &batch)
        }
      }
      turn(batch)
    }
    let left = (end - SimulatedClock.beginning).wholeMilliseconds - agenda.time
    for happening in postponed { agenda.add(happening, after: left + chance.span(1, 100_000)) }
  }
}

/// That a forecast says what happens.
enum Forecasts {
  static let law = 28

  /// - Parameter live: attempts that had begun.
  static func compare(
    _ forecast: Forecast, with changes: [Change], live: Set<AttemptID>, _ court: Court
  ) {
    let told = told(by: forecast, live: live)
    let seen = seen(in: changes)
    guard told != seen else { return }
    let only = told.subtracting(seen).min().map { "\($0)" } ?? "nothing else"
    let missed = seen.subtracting(told).min().map { "\($0)" } ?? "nothing else"
    court.violations.append(
      (law, "a forecast of \(forecast.from.milliseconds) told \(only), and there was \(missed)"))
  }

  /// Something that happens.
  private struct Happening: Hashable, Comparable, CustomStringConvertible {
    var at: Instant
    var what: String

    var description: String { "at \(at.milliseconds) \(what)" }

    static func < (left: Happening, right: Happening) -> Bool {
      (left.at, left.what) < (right.at, right.what)
    }
  }

  private static func told(by forecast: Forecast, live: Set<AttemptID>) -> Set<Happening> {
    var told: Set<Happening> = []
    for run in forecast.runs {
      if run.isForeseen { told.insert(made(run.id, run.pipeline, run.partition, run.cause, run.createdAt)) }
      if let at = run.startsAt { told.insert(begun(run.id, at)) }
      if let at = run.endsAt { told.insert(over(run.id, run.state, at)) }
      for attempt in run.attempts {
        if !live.contains(attempt.id) { told.insert(started(attempt.id, attempt.startsAt)) }
        if let at = attempt.endsAt, let state = attempt.state { told.insert(ended(attempt.id, state, at)) }
      }
    }
    for skipped in forecast.skipped {
      told.insert(.init(at: skipped.decidedAt, what: "\(skipped.pipeline) skipped: \(skipped.reason.code)"))
    }
    return told
  }

  private static func seen(in changes: [Change]) -> Set<Happening> {
    var seen: Set<Happening> = []
    for change in changes {
      switch change {
      case .runCreated(let record):
        seen.insert(made(record.id, record.pipeline, record.partition, record.cause, record.createdAt))
      case .runStarted(let run, let at): seen.insert(begun(run, at))
      case .runFinished(let run, let state, _, let at): seen.insert(over(run, state, at))
      case .attemptStarted(let attempt, _, _, let at), .attemptDeferred(let attempt, _, _, let at):
        seen.insert(started(attempt, at))
      case .attemptEnded(let attempt, let outcome, _, _, let at):
        seen.insert(ended(attempt, outcome.state, at))
      case .ticked(let tick): insert(tick.pipeline, tick.decidedAt, tick.outcome, &seen)
      case .arrived(let arrival): insert(arrival.pipeline, arrival.decidedAt, arrival.outcome, &seen)
      default: continue
      }
    }
    return seen
  }

  private static func insert(
    _ pipeline: PipelineName, _ at: Instant, _ outcome: TickRecord.Outcome, _ seen: inout Set<Happening>
  ) {
    switch outcome {
    case .run: return
    case .skipped(let reason), .missed(let reason):
      seen.insert(Happening(at: at, what: "\(pipeline) skipped: \(reason.code)"))
    }
  }

  private static func made(
    _ run: RunID, _ pipeline: PipelineName, _ partition: PartitionInterval?, _ cause: RunCause, _ at: Instant
  ) -> Happening {
    Happening(at: at, what: "run \(run) of \(pipeline)@\(partition?.key ?? "-") made by \(cause)")
  }

  private static func begun(_ run: RunID, _ at: Instant) -> Happening {
    Happening(at: at, what: "run \(run) begun")
  }

  private static func over(_ run: RunID, _ state: RunState, _ at: Instant) -> Happening {
    Happening(at: at, what: "run \(run) \(state)")
  }

  private static func started(_ attempt: AttemptID, _ at: Instant) -> Happening {
    Happening(at: at, what: "\(name(of: attempt)) started")
  }

  private static func ended(_ attempt: AttemptID, _ state: AttemptState, _ at: Instant) -> Happening {
    Happening(at: at, what: "\(name(of: attempt)) \(state)")
  }

  private static func name(of attempt: AttemptID) -> String {
    let instance = attempt.instance
    return "\(instance.run)/\(instance.task)[\(instance.index)] attempt \(attempt.number)"
  }
}
