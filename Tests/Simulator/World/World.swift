import Basics
import CrashDisk
import Lineage
import MeshModel
import Orchestration
import Planning
import Records
import SQLite

/// One simulation: a mesh, a machine, a disk, operators and whoever owns the state, all on one thread, with
/// chances that the seed foretells.
///
/// The scheduler, the loop, the recovery and the record are the real ones. The clock jumps to whatever is due
/// next, so that years pass in seconds.
final class World {
  let seed: UInt64
  let chance: Chance
  let agenda = Agenda()
  let clock: SimulatedClock
  let disk: CrashDisk
  let machine: Machine
  let chronicle = Chronicle()
  let court: Court
  let laws: Bench
  let workers: Int
  var maker: MeshMaker
  var mesh: Mesh
  var releases: [ReleaseID: Release] = [:]
  var latest: ReleaseID = 0
  /// The declarations are not those of the latest release any more.
  var isEdited = false
  /// How often the meaning of a task was edited.
  var edits: [TaskName: Int] = [:]
  /// The edited declarations are deployed in the next turn, after everything else that came.
  private var wantsDeploy = false
  let wishes = Wishes()
  /// Whoever owns the state now; nil: nobody does, since the last one died.
  var owner: Seat?
  /// How many more times operators act.
  var actsLeft: Int
  var tally = Tally()
  var turns = 0
  /// What comes within so many milliseconds is taken in one turn, as when the loop is busy.
  private let haste: Int64
  /// Prints every change as it is heard of.
  let isTraced: Bool

  /// The logs that lie there, by their runs.
  var logs: Set<RunID> = []
  /// What is done to keep the state small, if somebody is at it.
  var upkeep: Upkeep?
  /// Whoever takes over after a downtime gives out the workers a few at a time.
  let startsGently: Bool
  /// So many changes that come of ticks are committed by themselves.
  let manyTicks: Int
  /// What this one came to, for one of a pair.
  var final = Law13.Final()
  /// One of a pair of worlds with the same wishes, of which one crashes; nil: it stands alone.
  let twin: Twin?

  enum Twin { case calm, crashing }

  /// Nothing goes wrong, and everything takes as long as was foretold.
  let isForetold: Bool
  /// What was committed since a forecast was made; nil: none is watched.
  var watched: [Change]?

  /// - Parameter acts: how often operators act; nil: as the seed says.
  init(
    seed: UInt64, acts: Int? = nil, twin: Twin? = nil, isForetold: Bool = false, isTraced: Bool
  ) {
    self.seed = seed
    self.twin = twin
    self.isForetold = isForetold
    self.isTraced = isTraced
    chance = Chance(seed: seed)
    clock = SimulatedClock(agenda)
    disk = CrashDisk(seed: seed)
    disk.isLogPaved = chance.happens(0.5)
    let faults =
      isForetold
      ? FaultPlan.ofOperators : twin.map { FaultPlan(crashing: $0 == .crashing) } ?? FaultPlan(chance)
    machine = Machine(
      agenda: agenda, chance: chance, faults: faults, seed: seed, isForetold: twin != nil || isForetold,
      isPunctual: isForetold)
    workers = chance.pick([1, 2, 3, 4, 6, 16, 48]) ?? 4
    haste = isForetold ? 0 : chance.pick([0, 0, 5, 100]) ?? 0
    startsGently = isForetold ? false : chance.happens(0.5)
    manyTicks = chance.pick([1, 3, 200]) ?? 200
    let retention = RetentionRule(
      runs: chance.happens(0.8) ? .milliseconds(chance.span(1_000, 3_000_000_000)) : nil,
      logs: chance.happens(0.5) ? .milliseconds(chance.span(1_000, 3_000_000_000)) : nil,
      events: chance.happens(0.8) ? .milliseconds(chance.span(1_000, 3_000_000_000)) : nil)
    court = Court(workers: workers, grace: .seconds(10), machine: machine, retention: retention)
    court.isServed = twin == nil
    laws = Bench(court)
    maker = MeshMaker(chance, isTwin: twin != nil)
    mesh = maker.mesh()
    let chosen = chance.pick([10, 50, 200, 400]) ?? 10
    actsLeft = acts ?? chosen
  }

  /// Plays until operators have acted enough, then lets the faults stop and everything become final.
  func play() -> Tally {
    agenda.add(.operatorActs, after: 0)
    agenda.add(.faultStrikes, after: chance.span(1_000, 100_000_000))
    agenda.add(.upkeep, after: chance.span(1_000, 1_000_000_000))
    begin()
    while actsLeft > 0, court.violations.isEmpty, turns < 200_000 { step() }
    return conclude()
  }

  /// Lets the faults stop and everything become final, and adds up.
  func conclude() -> Tally {
    calm()
    var done = tally
    done.add(machine.tally)
    done.simulatedMilliseconds = agenda.time
    done.transitions = laws.transitions
    done.logDigest = digest()
    leave()
    done.violations = violations
    return done
  }

  var violations: [Violation] {
    court.violations.prefix(5).map { Violation(seed: seed, law: $0.law, text: $0.text) }
  }

  var graph: MeshGraph { releases[latest]?.graph ?? LineageBuilder.build(mesh).graph }

  /// Lets time pass to what is due next, and lets it happen.
  func step() {
    turns += 1
    guard let next = [agenda.nextDue, owner?.wakeUp].compactMap({ $0 }).min() else {
      actsLeft = 0
      return
    }
    agenda.advance(to: next + haste)
    disk.now = clock.now
    var batch: [EventLoop.Message] = []
    while let happening = agenda.next() { happen(happening, &batch) }
    if wantsDeploy, let release = releases[latest] { wish(.release(release), &batch) }
    wantsDeploy = false
    turn(batch)
  }

  func happen(_ happening: Agenda.Happening, _ batch: inout [EventLoop.Message]) {
    switch happening {
    case .processEnds(let key):
      machine.processEnds(key)
      batch += machine.takePrompt().map { .report($0) }
    case .processDies(let key, let signal, let number):
      machine.processDies(key, signal: signal, owner: number)
      batch += machine.takePrompt().map { .report($0) }
    case .report(let report, let number):
      if owner != nil, number == machine.owner { batch.append(.report(report)) }
    case .operatorActs:
      actsLeft -= 1
      agenda.add(.operatorActs, after: chance.span(1_000, 400_000_000))
      act(&batch)
    case .faultStrikes:
      agenda.add(.faultStrikes, after: chance.span(10_000, 400_000_000))
      strike()
    case .diskHeals: disk.repair()
    case .ownerStarts: if owner == nil { begin() }
    case .upkeep: keepSmall()
    case .deploy: wantsDeploy = isEdited
    case .resume(let target): wish(.resume(target), &batch)
    case .silence: silence(&batch)
    case .apply(let looked): apply(looked, &batch)
    }
  }

  /// One turn of the owner's loop, and what the laws say to it.
  func turn(_ batch: [EventLoop.Message], events: [SchedulerEvent] = []) {
    guard let owner else { return }
    chronicle.tell(now: owner.time.now, wall: clock.now, isLate: owner.outage != nil)
    if owner.outage == nil { chronicle.beginTurn() }
    do {
      try owner.loop.turn(batch, events: events)
    } catch {
      if !disk.isOff { court.violations.append((9, "the loop ended: \(error)")) }
    }
    for deed in machine.takeDeeds() {
      tally.decisions += 1
      laws.see(deed, chronicle)
    }
    if disk.isOff { return die() }
    if wishes.isAnsweredTwice { court.violations.append((12, "somebody was answered twice")) }
    guard owner.outage == nil else {
      court.servesSince = agenda.time
      return
    }
    Law10.check(lastEvent: owner.state.writer.lastSequence, chronicle, court)
    laws.see(kept: owner.loop.scheduler)
    // A tick that came up in this turn is looked at in the next one, at once.
    if court.isServed, let tick = owner.loop.scheduler.nextTick, tick <= clock.now { return }
    laws.seeQuiet(chronicle)
  }

  /// Takes in what was committed.
  func take(_ changes: [Change]) {
    tally.commits += 1
    watched? += changes
    if isTraced { for change in changes { print("\(agenda.time) \(chronicle.sequence) \(change)") } }
    tally.decisions += changes.count
    for case .releaseTaken(let record) in changes {
      guard let release = releases[record.id] else { continue }
      chronicle.add(ReleaseFacts(id: record.id, mesh: release.mesh, codes: release.codesOfDatasets))
      latest = record.id
      isEdited = false
    }
    laws.see(changes, chronicle)
    for change in changes {
      if twin != nil { final.see(change) }
      switch change {
      case .runFinished(let run, _, _, _):
        tally.runs += 1
        machine.forget(run)
      case .attemptStarted(let attempt, _, _, _):
        tally.attempts += 1
        logs.insert(attempt.instance.run)
      default: continue
      }
    }
  }

  /// Faults stop, and everything must become final.
  private func calm() {
    guard court.violations.isEmpty else { return }
    machine.faults.isOver = true
    actsLeft = 0
    disk.repair()
    disk.powerFailsAt = nil
    machine.endHung()
    if owner == nil { begin() }
    var batch: [EventLoop.Message] = []
    for target in chronicle.paused.sorted(by: { $0.description < $1.description }) {
      wish(.resume(target), &batch)
    }
    turn(batch)
    // The schedules of a release that was deployed in that turn are taken up before ticks end.
    turn([])
    owner?.loop.answerTick = nil
    owner?.loop.answerDeadline = nil
    court.isServed = false
    // How much is left is the seed's choice, but runs go on to end, and new ones do not come for ever.
    let last = turns + 3_000_000
    var (begun, ended) = (turns, tally.runs)
    while court.violations.isEmpty, owner.map({ $0.isBusy }) ?? true {
      if tally.runs > ended { (begun, ended) = (turns, tally.runs) }
      guard turns - begun < 300_000, turns < last, agenda.nextDue != nil || owner?.wakeUp != nil else {
        let runs = chronicle.runs.keys.sorted().prefix(5)
        court.violations.append((9, "faults are over, and runs \(runs) never become final"))
        return
      }
      stepCalmly()
    }
    if court.violations.isEmpty { checkEnd() }
  }

  /// As `step`, without operators and faults.
  private func stepCalmly() {
    turns += 1
    guard let next = [agenda.nextDue, owner?.wakeUp].compactMap({ $0 }).min() else { return }
    agenda.advance(to: next)
    var batch: [EventLoop.Message] = []
    while let happening = agenda.next() {
      switch happening {
      case .operatorActs, .faultStrikes, .upkeep, .apply: continue
      default: happen(happening, &batch)
      }
    }
    turn(batch)
  }

  /// Tells event logs apart.
  private func digest() -> String {
    guard let connection = try? Connection(path: disk.uri("heddle.db"), mode: .readOnly),
      let statement = try? connection.prepare("SELECT seq, at, kind, payload FROM events ORDER BY seq")
    else { return "" }
    var sum = SHA256()
    while (try? statement.step()) == true {
      sum.update("\(statement.int64(0)) \(statement.int64(1)) \(statement.text(2)) \(statement.text(3))\n")
    }
    return sum.hexadecimal
  }

  /// The record says what the chronicle says, is whole, and has nothing left to recover.
  private func checkEnd() {
    guard let owner else { return }
    do {
      let left = try owner.reader.recoveredState()
      if !left.isClean { court.violations.append((9, "the record has unfinished runs, the scheduler none")) }
      try Law10.check(owner.reader, court)
      try Law26.check(owner.reader, chronicle, court)
      laws.checkEnd(chronicle)
      if !chronicle.runs.isEmpty {
        court.violations.append((9, "runs \(chronicle.runs.keys.sorted().prefix(5)) are not final"))
      }
      if !chronicle.live.isEmpty { court.violations.append((6, "attempts are live in final runs")) }
    } catch {
      court.violations.append((10, "the record cannot be read: \(error)"))
    }
  }
}
