import Basics
import Diagnostics
import Lineage
import MeshModel
import Planning

/// Watches every decision and notes which laws it breaks. It knows the rules from the declarations alone and
/// shares no code with the scheduler.
struct LawWatch {
  let release: Release
  let workers: Int
  var runs: [RunID: RunState] = [:]
  var records: [RunID: RunRecord] = [:]
  var instances: [InstanceID: InstanceState] = [:]
  var attempts: [AttemptID: AttemptState] = [:]
  var started: [InstanceID: Int] = [:]
  var lost: [InstanceID: Int] = [:]
  var fanOut: [InstanceID: Int] = [:]
  /// Attempts that wait, and the runs that they made.
  var waiting: Set<AttemptID> = []
  var children: [AttemptID: [RunID]] = [:]
  var violations: [String] = []

  init(release: Release, workers: Int) {
    self.release = release
    self.workers = workers
  }

  func pipeline(of run: RunID) -> Pipeline? {
    records[run].flatMap { release.graph.index(of: $0.pipeline) }.map { release.graph.pipelines[$0] }
  }

  mutating func observe(_ changes: [Change]) {
    for change in changes { observe(change) }
    checkSlots()
  }

  private mutating func observe(_ change: Change) {
    switch change {
    case .runCreated(let record):
      records[record.id] = record
      if let trigger = record.trigger { children[trigger, default: []].append(record.id) }
      runs[record.id] = .queued
    case .runStarted(let run, _): move(run, to: .running)
    case .runFinished(let run, let state, _, _): finish(run, state)
    case .fannedOut(let run, let task, let values, _):
      let instance = InstanceID(run: run, task: task)
      if fanOut[instance] != nil { violations.append("law 24: each of \(instance) evaluated twice") }
      fanOut[instance] = values.count
    case .instanceQueued(let instance, _, _): move(instance, to: .queued)
    case .attemptStarted(let attempt, _, _, _): start(attempt)
    case .attemptDeferred(let attempt, _, let deferral, let at): wait(attempt, deferral, at)
    case .attemptAnswered(let attempt, _, _):
      if !waiting.contains(attempt) { violations.append("\(attempt) waits for no answer") }
    case .attemptStopping(let attempt, _, _): move(attempt, to: .stopping)
    case .attemptRunning(let attempt, _, _): move(attempt, to: .running)
    case .attemptEnded(let attempt, let outcome, let state, _, _):
      if outcome.state == .lost { lost[attempt.instance, default: 0] += 1 }
      waiting.remove(attempt)
      move(attempt, to: outcome.state)
      move(attempt.instance, to: state)
    case .instanceFinished(let instance, let state, _, _): move(instance, to: state)
    case .releaseTaken, .backfillCreated, .backfillFinished, .conditionEvaluated, .materialized,
      .coveredAsSkipped,
      .markedMissing, .markedPresent, .accepted, .runCancelled, .paused, .resumed,
      .runsRemoved, .scheduled, .unscheduled, .ticked, .triggered, .untriggered, .arrived, .tokenSet,
      .audited, .alertRaised, .alertAcknowledged, .alertResolved, .silenced, .unsilenced, .notificationBegun,
      .notificationEnded, .deadlineCounted, .deadlineUncounted, .alertsRemoved:
      break
    }
  }

  private mutating func move(_ run: RunID, to state: RunState) {
    if runs[run]?.mayBecome(state) != true { violations.append("run \(run) went to \(state)") }
    runs[run] = state
  }

  private mutating func move(_ instance: InstanceID, to state: InstanceState) {
    let before = instances[instance] ?? .waiting
    if !before.mayBecome(state) { violations.append("law 3: \(instance) went from \(before) to \(state)") }
    instances[instance] = state
  }

  private mutating func move(_ attempt: AttemptID, to state: AttemptState) {
    if attempts[attempt]?.mayBecome(state) != true { violations.append("law 3: \(attempt) went to \(state)") }
    attempts[attempt] = state
  }

  private mutating func start(_ attempt: AttemptID) {
    begin(attempt)
    if kind(attempt)?.waitsWithoutWorker == true {
      violations.append("law 6: \(attempt) takes a slot to wait")
    }
    instances[attempt.instance] = .running
    attempts[attempt] = .starting
  }

  private func kind(_ attempt: AttemptID) -> TaskKind? {
    pipeline(of: attempt.instance.run)?.tasks[attempt.instance.task].kind
  }

  private mutating func wait(_ attempt: AttemptID, _ deferral: Deferral, _ at: Instant) {
    begin(attempt)
    if kind(attempt)?.waitsWithoutWorker != true { violations.append("\(attempt) waits and should work") }
    if deferral.until <= at { violations.append("law 9: \(attempt) has no time to wait") }
    let made = children[attempt] ?? []
    if made.count != (deferral.madeChild ? 1 : 0) || deferral.madeChild && made.first != deferral.child {
      violations.append("law 12: \(attempt) made the runs \(made)")
    }
    if !deferral.madeChild, let child = deferral.child, runs[child]?.isFinal ?? true {
      violations.append("\(attempt) waits for run \(child), which is over")
    }
    waiting.insert(attempt)
    instances[attempt.instance] = .deferred
    attempts[attempt] = .running
  }

  private mutating func begin(_ attempt: AttemptID) {
    let instance = attempt.instance
    let before = instances[instance] ?? .waiting
    if before != .queued {
      if !before.mayBecome(.queued) { violations.append("law 1: \(attempt) started from \(before)") }
    }
    if attempts.contains(where: { $0.key.instance == instance && !$0.value.isFinal }) {
      violations.append("law 2: two live attempts of \(instance)")
    }
    started[instance, default: 0] += 1
    if attempt.number != started[instance] { violations.append("law 2: \(attempt) leaves a gap") }
    if let task = pipeline(of: instance.run)?.tasks[instance.task] {
      if attempt.number > task.retry.attempts + min(lost[instance] ?? 0, task.retry.lost) {
        violations.append("law 2: \(attempt) is one too many")
      }
      checkUpstreams(of: instance, task)
    }
  }

  /// Law 1 for the default rule: everything named in `after` is final and well.
  private mutating func checkUpstreams(of instance: InstanceID, _ task: TaskDeclaration) {
    guard let pipeline = pipeline(of: instance.run), task.triggerRule == .allSuccess, !task.teardown else {
      return
    }
    var followed: String?
    if case .of(let name) = task.each?.source { followed = name.value }
    for name in task.after where name.value != followed {
      guard let upstream = pipeline.tasks.firstIndex(where: { $0.name == name.value }),
        records[instance.run]?.tasks?.contains(upstream) ?? true
      else { continue }
      let states = instances.filter { $0.key.run == instance.run && $0.key.task == upstream }.values
      let count = fanOut[InstanceID(run: instance.run, task: upstream)] ?? 1
      let allowed = pipeline.tasks[upstream].allowFailure
      let isWell = states.allSatisfy {
        $0 == .success || $0 == .failed && allowed || $0 == .skipped && count > 1
      }
      if states.count < count || !isWell {
        violations.append("law 1: \(instance) started before '\(name.value)' was done")
      }
    }
  }

  private mutating func finish(_ run: RunID, _ state: RunState) {
    let own = instances.filter { $0.key.run == run }
    if let open = own.first(where: { !$0.value.isFinal }) {
      violations.append("law 9: run \(run) ended while \(open.key) is \(open.value)")
    }
    let tasks = pipeline(of: run)?.tasks ?? []
    let isBad = own.contains { instance, state in
      state == .upstreamFailed || state == .failed && !tasks[instance.task].allowFailure
    }
    if state == .success && isBad || state == .failed && !isBad {
      violations.append("law 9: run \(run) ended as \(state)")
    }
    move(run, to: state)
  }

  /// Law 6, from live attempts alone.
  private mutating func checkSlots() {
    let live = attempts.filter { !$0.value.isFinal && !waiting.contains($0.key) }.keys
    if live.count > workers { violations.append("law 6: \(live.count) attempts on \(workers) workers") }
    var domains: [String: Int] = [:]
    var pools: [String: Int] = [:]
    var stores: [String: Int] = [:]
    for attempt in live {
      guard let pipeline = pipeline(of: attempt.instance.run),
        let index = release.graph.index(of: pipeline.name)
      else { continue }
      domains[pipeline.name.domain, default: 0] += 1
      let task = attempt.instance.task
      if let pool = pipeline.tasks[task].pool { pools[pool, default: 0] += 1 }
      if release.graph.nodes[release.graph.firstNode[index] + task].writesStore {
        stores[pipeline.name.domain, default: 0] += 1
      }
    }
    for domain in release.mesh.domains {
      if let slots = domain.slots, domains[domain.name] ?? 0 > slots {
        violations.append("law 6: domain \(domain.name) is over its slots")
      }
      if stores[domain.name] ?? 0 > 1 {
        violations.append("law 6: two writers of the store of \(domain.name)")
      }
    }
    for pool in release.mesh.pools where pools[pool.name] ?? 0 > pool.slots {
      violations.append("law 6: pool \(pool.name) is over its slots")
    }
  }
}
