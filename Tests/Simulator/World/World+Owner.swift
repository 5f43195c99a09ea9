import Basics
import CrashDisk
import Lineage
import MeshModel
import Orchestration
import Planning
import Records
import SQLite
import Threads

/// Whoever owns the state: the record, the loop, and what was asked of it.
final class Seat: RunObserver {
  let state: StateOwner
  let reader: StateReader
  let time: SteadyTime
  let loop: EventLoop
  private let hear: ([Change]) -> Void
  /// Nothing can be committed for now.
  private(set) var outage: RecordsError?

  init(
    state: StateOwner, reader: StateReader, time: SteadyTime, loop: EventLoop,
    hear: @escaping ([Change]) -> Void
  ) {
    self.state = state
    self.reader = reader
    self.time = time
    self.loop = loop
    self.hear = hear
    loop.observer = self
  }

  /// Something is not final, or not decided, or cannot be written.
  var isBusy: Bool {
    !loop.scheduler.isIdle || outage != nil || loop.answerArrival != nil && loop.scheduler.hasArrivals
      || loop.scheduler.isTelling
  }

  func observe(_ changes: [Change], at now: Instant) { hear(changes) }
  func pulse(at now: Instant) {}
  func outage(_ error: RecordsError?) { outage = error }

  /// When the loop must look up, in milliseconds of the agenda; nil: only when it is told something. Nobody
  /// needs its pulse.
  var wakeUp: Int64? {
    let nanoseconds =
      outage != nil ? loop.wakeUp : loop.scheduler.nextDeadline.map { time.monotonic(at: $0) }
    let now = Int64(time.monotonicNow / 1_000_000) - 1000
    if outage == nil, loop.answerArrival != nil, loop.scheduler.hasArrivals { return now }
    let deadline = nanoseconds.map { Int64((min($0, 1 << 62) + 999_999) / 1_000_000) - 1000 }
    guard outage == nil, loop.answerTick != nil, let tick = loop.scheduler.nextTick else { return deadline }
    // Nobody sets the clock between two steps, so the tick itself is waited for.
    return min(deadline ?? .max, now + max(0, min((tick - time.wallNow).wholeMilliseconds, 1 << 50)))
  }
}

/// What operators asked for and the desk has not handed on.
final class Wishes: @unchecked Sendable {
  typealias Deed = (inout Scheduler) throws(SessionError) -> Void

  private var deeds: [(number: Int, deed: Deed)] = []
  private var last = 0
  private var answered: Set<Int> = []
  /// Somebody heard twice what became of a wish.
  private(set) var isAnsweredTwice = false

  func add(_ deed: @escaping Deed) -> Int {
    last += 1
    deeds.append((last, deed))
    return last
  }

  /// The next one; nil: there is none.
  func next() -> Deed? { deeds.isEmpty ? nil : deeds.removeFirst().deed }

  func remove(_ number: Int) { deeds.removeAll { $0.number == number } }
  func removeAll() { deeds.removeAll() }

  /// Somebody hears what became of a wish.
  func answer(_ number: Int) { if !answered.insert(number).inserted { isAnsweredTwice = true } }
}

extension World {
  /// Somebody becomes the owner: opens the record, takes a release, and goes on with what is unfinished.
  func begin() {
    do {
      let path = disk.uri("heddle.db")
      let state = try StateOwner(
        of: try Connection(path: path, mode: .create), in: StateDirectory(root: "/state"), now: clock.now,
        identity: { self.seed })
      let reader = try StateReader(of: try Connection(path: path, mode: .readOnly), clock: clock)
      try catchUp(reader)
      let time = SteadyTime(clock)
      try takeRelease(state.writer)
      guard let release = releases[latest] else { return }
      let scheduler = try restored(reader, release, state.stateID, at: time.now)
      let wishes = wishes
      let loop = EventLoop(
        scheduler: scheduler, writer: state.writer, executor: machine, mailbox: Mailbox(), time: time
      ) { (_, _, _, scheduler) throws(SessionError) in
        if let deed = wishes.next() { try deed(&scheduler) }
        return .done("")
      }
      loop.answerTrigger = { [unowned self] (wish) throws(SessionError) in
        try RunRequests(graph: graph, reader: reader, clock: clock).runs(for: wish)
      }
      loop.manyTicks = manyTicks
      if court.isServed {
        loop.answerTick = { [unowned self] (tick) throws(SessionError) in
          try RunRequests(graph: graph, reader: reader, clock: clock).answer(to: tick)
        }
        loop.answerArrival = { [unowned self] (question, last) throws(SessionError) in
          try RunRequests(graph: graph, reader: reader, clock: clock).answer(to: question, last: last)
        }
        loop.answerDeadline = { [unowned self] (deadline) throws(SessionError) in
          try reader.answer(to: deadline, in: graph)
        }
      }
      machine.durableSequence = { state.writer.lastSequence }
      owner = Seat(state: state, reader: reader, time: time, loop: loop) { [unowned self] in take($0) }
      laws.begin(chronicle)
      if isTraced { print("\(agenda.time) an owner begins, \(chronicle.live.count) attempts to adopt") }
      chronicle.tell(now: time.now, wall: clock.now)
      court.servesSince = agenda.time
      court.rampBegan = startsGently && !chronicle.runs.isEmpty ? time.now : nil
      turn([])
      // Who finds alerts after a downtime may not want all of them, while they are tried to be told.
      if tally.restarts > 0, machine.faults.has(.silence), chance.happens(0.5) {
        agenda.add(.silence, after: chance.span(1, 500_000))
      }
      try recoverAgain(release)
    } catch {
      if disk.isOff { return die() }
      // The disk still has its fault; whoever starts the owner tries again.
      if disk.hasFaults { return agenda.add(.ownerStarts, after: 60_000) }
      court.violations.append((13, "nobody can go on with the state: \(error)"))
    }
  }

  /// A scheduler that goes on with what the record says.
  private func restored(
    _ reader: StateReader, _ release: Release, _ state: String, at now: Instant
  ) throws -> Scheduler {
    let found = try reader.recoveredState(at: now)
    var configuration = Scheduler.Configuration(
      workers: workers, grace: court.grace, state: state, nextRun: found.last.run + 1,
      nextBackfill: found.last.backfill + 1, nextMaterialization: found.last.materialization + 1)
    configuration.startsGently = startsGently
    configuration.waitsForData = court.isServed
    configuration.looksAfterAlerts = court.isServed
    return Scheduler(
      restoring: try work(found, reader), latest: release, configuration: configuration,
      ledger: try PartitionLedger(reading: reader), at: now)
  }

  /// What somebody would decide who took over right now from the owner that has just begun: nothing, for that
  /// one has decided it all.
  private func recoverAgain(_ release: Release) throws {
    guard let owner, owner.outage == nil, chance.happens(0.3) else { return }
    var second = try restored(owner.reader, release, owner.state.stateID, at: owner.time.now)
    if court.isServed {
      _ = second.dueTicks(at: clock.now)
      try arriveAgain(&second, owner)
    }
    Law13.check(again: second.decide(at: owner.time.now).changes, court)
  }

  private func arriveAgain(_ second: inout Scheduler, _ owner: Seat) throws {
    guard !owner.loop.scheduler.hasArrivals else { return }
    let requests = RunRequests(graph: graph, reader: owner.reader, clock: clock)
    while second.hasArrivals {
      for question in second.arrivalQuestions(at: clock.now) {
        let answer = try requests.answer(to: question, last: second.lastPublication)
        second.handle(.arrival(answer), at: owner.time.now)
      }
    }
  }

  /// Law 12: what was acknowledged is there, and what was not is whole; the latter is heard of now.
  private func catchUp(_ reader: StateReader) throws {
    let last = try reader.lastSequence()
    Law12.check(lastEvent: last, chronicle, court)
    try hear(of: reader)
    if tally.restarts > 0, chance.happens(0.03) {
      try Law10.check(reader, court)
      try Law26.check(reader, chronicle, court)
    }
  }

  /// The release that new runs are made from is in the record.
  func takeRelease(_ writer: RecordWriter) throws {
    if let facts = chronicle.latest, releases[facts.id] != nil, !isEdited { return }
    let id = (chronicle.latest?.id ?? 0) + 1
    let graph = LineageBuilder.build(mesh).graph
    let record = ReleaseRecord(id: id, digest: "release \(id)", takenAt: clock.now, graph: graph)
    let codes = graph.nodes.map { "\($0.name) \(edits[$0.name] ?? 0)" }
    releases[id] = Release(id: id, mesh: mesh, graph: graph, codes: codes)
    try writer.commit([.releaseTaken(record)])
    take([.releaseTaken(record)])
  }

  private func work(_ found: RecoveredState, _ reader: StateReader) throws -> UnfinishedWork {
    var runs: [UnfinishedWork.Run] = []
    for run in found.runs {
      guard let release = releases[run.record.release],
        let index = release.graph.index(of: run.record.pipeline)
      else { continue }
      let requests = RunRequests(graph: release.graph, reader: reader, clock: clock)
      runs.append(
        UnfinishedWork.Run(
          run: run,
          keptOutputs: try requests.outputs(
            of: index, partition: run.record.partition?.key, kept: run.record.kept),
          past: try run.record.partition.map { try requests.past(of: index, $0) } ?? .none))
    }
    return UnfinishedWork(
      releases: Set(found.runs.map(\.record.release)).union([latest]).sorted().compactMap { releases[$0] },
      runs: runs,
      backfills: found.backfills.map {
        .init(id: $0.id, maxActive: $0.maxActive, failed: $0.failed, cancelled: $0.cancelled)
      }, paused: found.paused, schedules: found.schedules,
      lastTicks: found.lastTicks, triggers: found.triggers, alerts: found.alerts)
  }

  /// Lets go of the owner, which holds its loop, which tells it.
  func leave() {
    owner?.loop.observer = nil
    owner = nil
  }

  /// The owner is dead: in the middle of a write if the disk went off, else between two turns.
  func die() {
    tally.restarts += 1
    if isTraced { print("\(agenda.time) the owner dies") }
    let isPower = machine.faults.strikes(.powerFailure, chance, times: 3)
    let isKeeper = machine.faults.strikes(.keeperKilled, chance, times: 2)
    if isPower {
      tally.count(.powerFailure)
    } else if isKeeper {
      tally.count(.keeperKilled)
    }
    disk.restart(isPower ? chance.pick([.nothing, .part, .torn]) ?? .nothing : .everything)
    machine.ownerDied(withKeeper: isKeeper, withMachine: isPower)
    leave()
    upkeep = nil
    wishes.removeAll()
    agenda.add(.ownerStarts, after: chance.span(10, 20_000_000))
  }
}

extension Release {
  /// What the task means that writes a dataset.
  var codesOfDatasets: [DatasetName: String] {
    var found: [DatasetName: String] = [:]
    for node in graph.nodes.indices {
      for dataset in graph.nodes[node].writes { found[dataset] = code(of: node) }
    }
    return found
  }
}
