import Basics
import MeshModel
import TestKit

@testable import Records

/// Legal changes without end, foretold by a seed: runs that start, retry, fan out, publish and end.
struct RandomHistory {
  private var chance: SeededGenerator
  private let fixture: StateFixture
  private var moment: Instant
  private var nextAlert: AlertID = 0
  private var nextRun: RunID = 1
  private var nextVersion: Int64 = 1
  private var nextBackfill: BackfillID = 1
  private var queued: [RunID] = []
  private var running: [RunID: Live] = [:]
  private var days: [RunID: Int64] = [:]
  private var openBackfill: BackfillID?
  private var cancelled: Set<RunID> = []
  private var isPaused = false
  private var lastTick = Instant(milliseconds: 0)
  private var isScheduled = false
  private var lastArrival: Int64 = 0
  private var isTriggered = false

  private struct Live {
    var waiting: [InstanceID]
    var queued: [InstanceID] = []
    var attempts: [AttemptID] = []
    var retrying: [AttemptID] = []
    var isDone: Bool { waiting.isEmpty && queued.isEmpty && attempts.isEmpty && retrying.isEmpty }
  }

  init(seed: UInt64, fixture: StateFixture) {
    chance = SeededGenerator(seed: seed)
    self.fixture = fixture
    moment = fixture.now
  }

  mutating func changes(_ count: Int) -> [Change] {
    var changes: [Change] = []
    while changes.count < count {
      moment = moment + .milliseconds(Int.random(in: 0...5000, using: &chance))
      step(&changes)
    }
    return changes
  }

  private mutating func step(_ changes: inout [Change]) {
    switch Int.random(in: 0..<20, using: &chance) {
    case 0: createRun(&changes)
    case 5: schedule(&changes)
    case 7: trigger(&changes)
    case 1: startRun(&changes)
    case 2: mark(&changes)
    case 3: backfill(&changes)
    case 4: operate(&changes)
    case 6: ask(&changes)
    case 8: alert(&changes)
    default:
      guard let run = running.keys.sorted().randomElement(using: &chance) else {
        return queued.isEmpty ? createRun(&changes) : startRun(&changes)
      }
      advance(run, &changes)
    }
  }

  /// Something happens to an alert, from its beginning to its end.
  private mutating func alert(_ changes: inout [Change]) {
    nextAlert += 1
    let (id, day) = (nextAlert, fixture.day(Int64.random(in: 0..<9, using: &chance)))
    let cause = AlertCause(
      kind: .waitTimedOut, pipeline: StateFixture.pipeline, partition: day.key, task: "t")
    let silence = SilenceRecord(
      id: id, selector: "d/*", until: moment, reason: text(), by: "ada", createdAt: moment, alerts: [id])
    let reason = Reason("exit", text())
    let record = AlertRecord(
      id: id, cause: cause, partition: day, run: id, reason: reason, raisedAt: moment,
      channels: ["*.1", "d.1"])
    let told = NotificationRecord(id: id, channel: "*.1", alerts: [id], attempt: 1, startedAt: moment)
    changes += [
      .alertRaised(record), .notificationBegun(told),
      .notificationEnded(id, failure: reason, retryAt: moment, at: moment), .silenced(silence),
      .notificationEnded(id, failure: reason, retryAt: nil, at: moment),
      .alertAcknowledged(id, by: "bo", note: text(), at: moment),
      .alertResolved(id, reason, at: moment), .unsilenced(id, by: "bo", at: moment),
      .deadlineCounted(
        DeadlineRecord(pipeline: cause.pipeline, meaning: text(), countedTo: moment), at: moment),
    ]
    if Bool.random(using: &chance) { changes.append(.deadlineUncounted(cause.pipeline, at: moment)) }
    if id > 1 { changes.append(.alertsRemoved([id - 1], at: moment)) }
  }

  /// Somebody asks for something, or is let in.
  private mutating func ask(_ changes: inout [Change]) {
    let name = ["ada", "bo"].randomElement(using: &chance) ?? ""
    let line = AuditRecord(
      at: moment, asker: Asker(name: name, origin: "socket"), action: "pause", subject: "d/p",
      before: Bool.random(using: &chance) ? "{}" : nil, after: Bool.random(using: &chance) ? "{\"a\":1}" : nil
    )
    changes.append(.audited(line))
    let id = String(Int.random(in: 10_000_000...10_000_009, using: &chance))
    var token = TokenRecord(
      id: id, name: name, digest: TokenRecord.digest(of: id), role: .operator,
      domains: id.hasSuffix("1") ? ["a", "d"] : nil, createdAt: fixture.now,
      expiresAt: Bool.random(using: &chance) ? moment : nil)
    token.revokedAt = Bool.random(using: &chance) ? moment : nil
    changes.append(.tokenSet(token, at: moment))
  }

  private mutating func createRun(_ changes: inout [Change]) {
    let id = nextRun
    nextRun += 1
    queued.append(id)
    let day: Int64? = Bool.random(using: &chance) ? Int64.random(in: 0..<9, using: &chance) : nil
    days[id] = day
    var run = RunRecord(
      id: id, pipeline: StateFixture.pipeline, partition: day.map(fixture.day),
      cause: RunCause.allCases.randomElement(using: &chance) ?? .manual, backfill: openBackfill,
      retryOf: Bool.random(using: &chance) && id > 1 ? id - 1 : nil, release: 1, createdAt: moment)
    run.params = ["b": scalar(), "a": scalar()]
    run.tasks = Bool.random(using: &chance) ? [0, 2] : nil
    run.kept = Bool.random(using: &chance) ? [1] : []
    if day == nil, Bool.random(using: &chance) { run.ticks = DataInterval(start: moment, end: moment) }
    run.askedBy = Bool.random(using: &chance) ? text() : nil
    if Bool.random(using: &chance), id > 1 {
      run.trigger = AttemptID(instance: InstanceID(run: id - 1, task: 2, index: 1), number: 3)
    }
    changes.append(.runCreated(run))
  }

  /// A schedule begins, ticks, or is taken away.
  private mutating func schedule(_ changes: inout [Change]) {
    guard isScheduled else {
      isScheduled = true
      lastTick = max(lastTick, moment)
      let schedule = ScheduleRecord(pipeline: StateFixture.pipeline, rhythm: "every 1 s", countedTo: lastTick)
      return changes.append(.scheduled(schedule, at: moment))
    }
    let due = lastTick + .seconds(1)
    lastTick = due
    let outcome: TickRecord.Outcome
    switch Int.random(in: 0..<6, using: &chance) {
    case 0:
      isScheduled = false
      return changes.append(.unscheduled(StateFixture.pipeline, at: moment))
    case 1:
      lastTick = due + .seconds(Int.random(in: 0...9, using: &chance))
      outcome = .missed(reason())
    case 2: outcome = .skipped(reason())
    default:
      outcome = .run(nextRun)
      createRun(&changes)
    }
    changes.append(
      .ticked(
        TickRecord(
          pipeline: StateFixture.pipeline, at: due, through: lastTick, outcome: outcome, decidedAt: moment)))
  }

  /// Data makes the pipeline due, some of it comes, or it does so no more.
  private mutating func trigger(_ changes: inout [Change]) {
    lastArrival += 1
    guard isTriggered else {
      isTriggered = true
      let trigger = TriggerRecord(
        pipeline: StateFixture.pipeline, meaning: "daily UTC by all of d.x", countsFrom: lastArrival,
        countedTo: lastArrival)
      return changes.append(.triggered(trigger, at: moment))
    }
    let outcome: TickRecord.Outcome
    switch Int.random(in: 0..<6, using: &chance) {
    case 0:
      isTriggered = false
      return changes.append(.untriggered(StateFixture.pipeline, at: moment))
    case 1...2: outcome = .skipped(reason())
    default:
      outcome = .run(nextRun)
      createRun(&changes)
    }
    let because = (0..<Int.random(in: 0...2, using: &chance)).map {
      InputVersion(dataset: StateFixture.dataset, partition: "2013-01-0\($0 + 1)", version: lastArrival)
    }
    changes.append(
      .arrived(
        ArrivalRecord(
          pipeline: StateFixture.pipeline, partition: Bool.random(using: &chance) ? fixture.day(1) : nil,
          number: lastArrival, because: because, outcome: outcome, decidedAt: moment, countedTo: lastArrival))
    )
  }

  private mutating func startRun(_ changes: inout [Change]) {
    guard let id = queued.first else { return }
    if Int.random(in: 0..<8, using: &chance) == 0 {
      queued.removeFirst()
      return changes.append(.runFinished(id, .cancelled, reason(), at: moment))
    }
    let busy = Set(running.keys.compactMap { days[$0] ?? nil })
    if let day = days[id], busy.contains(day) { return }
    queued.removeFirst()
    changes.append(.runStarted(id, at: moment))
    let values = (0..<Int.random(in: 0...3, using: &chance)).map { _ in scalar() }
    changes.append(.fannedOut(id, task: 1, values: values, at: moment))
    running[id] = Live(
      waiting: [InstanceID(run: id, task: 0), InstanceID(run: id, task: 2)]
        + values.indices.map { InstanceID(run: id, task: 1, index: $0) })
  }

  private mutating func advance(_ run: RunID, _ changes: inout [Change]) {
    guard var live = running[run] else { return }
    defer { running[run] = live.isDone ? nil : live }
    switch Int.random(in: 0..<6, using: &chance) {
    case 0:
      guard let instance = live.waiting.popLast() else { break }
      let final: InstanceState =
        [.skipped, .upstreamFailed, .failed, .cancelled, .success].randomElement(using: &chance) ?? .skipped
      changes.append(.conditionEvaluated(instance, holds: Bool.random(using: &chance), at: moment))
      changes.append(.instanceFinished(instance, final, reason(), at: moment))
      if final == .skipped {
        changes.append(
          .coveredAsSkipped(StateFixture.dataset, partition(run), instance, number: run, at: moment))
      }
    case 1:
      guard let instance = live.waiting.popLast() else { break }
      live.queued.append(instance)
      changes.append(.instanceQueued(instance, reason(), at: moment))
    case 2:
      guard let instance = live.queued.popLast() ?? live.waiting.popLast() else { break }
      start(AttemptID(instance: instance, number: 1), &live, &changes)
    case 3:
      guard let last = live.retrying.popLast() else { break }
      start(AttemptID(instance: last.instance, number: last.number + 1), &live, &changes)
    case 4:
      guard let attempt = live.attempts.popLast() else { break }
      end(attempt, &live, &changes)
    default:
      guard let attempt = live.retrying.popLast() else { break }
      changes.append(.instanceFinished(attempt.instance, .cancelled, reason(), at: moment))
    }
    guard live.isDone else { return }
    let state: RunState = [.success, .failed, .cancelled].randomElement(using: &chance) ?? .success
    changes.append(.runFinished(run, state, Bool.random(using: &chance) ? reason() : nil, at: moment))
  }

  private mutating func start(_ attempt: AttemptID, _ live: inout Live, _ changes: inout [Change]) {
    live.attempts.append(attempt)
    if Int.random(in: 0..<4, using: &chance) == 0 { return wait(attempt, &changes) }
    let inputs = [InputVersion(dataset: StateFixture.dataset, partition: "", version: nextVersion)]
    changes.append(
      .attemptStarted(
        attempt, AttemptKey(state: "s", attempt: attempt), inputs: Bool.random(using: &chance) ? inputs : [],
        at: moment))
    guard Bool.random(using: &chance) else { return }
    let process = ProcessIdentity(
      pid: Int32.random(in: 1...Int32.max, using: &chance), startTime: chance.next(), boot: text())
    changes.append(.attemptRunning(attempt, process, at: moment))
    if Bool.random(using: &chance) { changes.append(.attemptStopping(attempt, reason(), at: moment)) }
  }

  /// The attempt waits without a worker, and may be told what there is.
  private mutating func wait(_ attempt: AttemptID, _ changes: inout [Change]) {
    let deferral = Deferral(
      until: moment + .seconds(60), reason: reason(), child: number().map { abs($0) },
      madeChild: Bool.random(using: &chance))
    changes.append(.attemptDeferred(attempt, AttemptKey(state: "s", attempt: attempt), deferral, at: moment))
    if Bool.random(using: &chance) { changes.append(.attemptAnswered(attempt, reason(), at: moment)) }
  }

  private mutating func end(_ attempt: AttemptID, _ live: inout Live, _ changes: inout [Change]) {
    let states = AttemptState.allCases.filter(\.isFinal)
    let isRetry = attempt.number < 4 && Bool.random(using: &chance)
    var outcome = AttemptOutcome(
      state: states.randomElement(using: &chance) ?? .lost,
      reason: Bool.random(using: &chance) ? reason() : nil)
    outcome.exitCode = number().map(Int.init)
    outcome.signal = number().map(Int.init)
    outcome.asksRetry = Bool.random(using: &chance)
    outcome.isPermanent = Bool.random(using: &chance)
    outcome.rows = number()
    outcome.bytes = number()
    outcome.processorMilliseconds = number()
    outcome.peakMemory = number()
    outcome.content = number()
    if Bool.random(using: &chance) {
      outcome.inputs = [
        InputVersion(dataset: StateFixture.dataset, partition: "", version: 1, content: number())
      ]
    }
    outcome.output = Bool.random(using: &chance) ? "{\"told\": \"\(text())\"}" : nil
    let finals: [InstanceState] = [.success, .failed, .skipped, .cancelled]
    changes.append(
      .attemptEnded(
        attempt, outcome, instance: isRetry ? .retrying : finals.randomElement(using: &chance) ?? .failed,
        retryAt: isRetry ? moment + .seconds(10) : nil, at: moment))
    if isRetry { live.retrying.append(attempt) }
    guard outcome.state == .success else { return }
    let inputs = (0..<Int.random(in: 0...2, using: &chance)).map { place in
      InputVersion(
        dataset: StateFixture.dataset, partition: fixture.day(Int64(place)).key, version: nextVersion,
        content: number())
    }
    changes.append(
      .materialized(
        MaterializationRecord(
          id: nextVersion, dataset: StateFixture.dataset, partition: partition(attempt.instance.run),
          attempt: attempt, rows: number(), inputs: inputs,
          code: Bool.random(using: &chance) ? text() : nil, content: number(), at: moment)))
    nextVersion += 1
    guard Bool.random(using: &chance) else { return }
    changes.append(
      .accepted(
        AcceptanceRecord(
          id: nextVersion, dataset: StateFixture.dataset,
          partition: partition(attempt.instance.run)?.key ?? "",
          code: Bool.random(using: &chance) ? text() : nil, inputs: inputs, reason: reason()), at: moment))
    nextVersion += 1
  }

  private mutating func operate(_ changes: inout [Change]) {
    let target = PauseTarget.pipeline(StateFixture.pipeline)
    if Bool.random(using: &chance) {
      changes.append(isPaused ? .resumed(target, at: moment) : .paused(target, at: moment))
      isPaused.toggle()
    } else if let run = running.keys.sorted().randomElement(using: &chance) {
      let isFirst = cancelled.insert(run).inserted
      changes.append(.runCancelled(run, isFirst ? .butTeardown : .everything, at: moment))
    }
  }

  private mutating func mark(_ changes: inout [Change]) {
    let day = fixture.day(Int64.random(in: 0..<9, using: &chance))
    if Bool.random(using: &chance) {
      changes.append(.markedMissing(StateFixture.dataset, partition: day.key, reason(), at: moment))
    } else {
      changes.append(
        .markedPresent(StateFixture.dataset, day, version: nextVersion, reason(), at: moment))
      nextVersion += 1
    }
  }

  private mutating func backfill(_ changes: inout [Change]) {
    if openBackfill == nil {
      openBackfill = nextBackfill
      nextBackfill += 1
      changes.append(
        .backfillCreated(
          BackfillRecord(
            id: nextBackfill - 1, request: text(), runs: 3, maxActive: number().map { Int($0) },
            createdAt: moment)))
    } else {
      openBackfill = nil
    }
  }

  private func partition(_ run: RunID) -> PartitionInterval? { (days[run] ?? nil).map(fixture.day) }

  private mutating func number() -> Int64? {
    Bool.random(using: &chance) ? Int64.random(in: -5...1_000_000_000_000, using: &chance) : nil
  }

  private mutating func reason() -> Reason { Reason("because", text()) }

  private mutating func text() -> String {
    ["", "plain", "it's \"quoted\"\n\t<\\>", "naïve 🧵 \u{1}\u{7F}", String(repeating: "long ", count: 50)]
      .randomElement(using: &chance) ?? ""
  }

  private mutating func scalar() -> Scalar {
    let values: [Scalar] = [
      .null, .boolean(true), .boolean(false), .integer(.min), .integer(7), .real(1), .real(-0.0),
      .real(1e300),
      .real(.infinity), .real(-.infinity), .text(text()),
    ]
    return values.randomElement(using: &chance) ?? .null
  }
}
