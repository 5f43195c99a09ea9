import Lineage
import Basics
import MeshModel
import Planning

/// The machine that tasks run on, as a model: processes that outlive the owner of the state, a keeper that
/// knows their ends, stores whose commits are there or not. It is the executor of whoever owns the state
/// now.
///
/// Used by one thread only.
final class Machine: Executor, @unchecked Sendable {
  private struct Process {
    let order: AttemptOrder
    /// The owner that hears of it.
    var owner: Int
    /// Work on a store is done within the owner: it dies with it.
    let isInOwner: Bool
    let outcome: AttemptOutcome
    let ignoresTerm: Bool
    /// The keeper knows it, and will know how it ends.
    var isKept = true
    var isAlive = true
    var isTold = false
    var exit: AttemptOutcome?
  }

  /// What the owner had carried out, for the laws.
  struct Deed {
    enum Kind { case start, adopt, settle, evaluate, probe, stop, notify }
    let kind: Kind
    let attempt: AttemptID?
    let run: RunID
    let release: ReleaseID
    /// The last event that was durable then.
    let durable: Int64
    var notification: NotificationID?
  }

  let agenda: Agenda
  let chance: Chance
  private let seed: UInt64
  private var processes: [AttemptKey: Process] = [:]
  private var keys: [AttemptID: AttemptKey] = [:]
  var faults: FaultPlan
  var tally = Tally()
  /// The owner that gives orders now.
  var owner = 0
  /// What its record holds durably, asked when something is done.
  var durableSequence: () -> Int64 = { 0 }
  private var deeds: [Deed] = []
  /// The rows of `_heddle_commits` in all stores: they are there as soon as the work is.
  private(set) var committed: Set<AttemptKey> = []
  /// Ends and durations come from the instance and the try alone, whatever is lost in between.
  private let isForetold: Bool
  /// Whatever happens is told at once, and takes as long as a forecast is told.
  private let isPunctual: Bool
  /// Ends that are told in the turn in which they come.
  private var prompt: [WorkerReport] = []
  /// How often it was looked for what an attempt waits for.
  private var looks: [AttemptID: Int] = [:]
  /// Attempts of an instance that ended without anybody knowing how.
  private var lost: [InstanceID: Set<Int>] = [:]

  init(
    agenda: Agenda, chance: Chance, faults: FaultPlan, seed: UInt64, isForetold: Bool = false,
    isPunctual: Bool = false
  ) {
    self.agenda = agenda
    self.chance = chance
    self.faults = faults
    self.seed = seed
    self.isForetold = isForetold
    self.isPunctual = isPunctual
  }

  /// Whether something of the attempt is still running.
  func isAlive(_ key: AttemptKey) -> Bool { processes[key]?.isAlive ?? false }

  /// What was done since the last question.
  func takeDeeds() -> [Deed] {
    defer { deeds.removeAll(keepingCapacity: true) }
    return deeds
  }

  var liveProcesses: Int { processes.values.count(where: \.isAlive) }

  func start(_ order: AttemptOrder) {
    note(.start, order.context.run, order.id)
    guard processes[order.key] == nil else { return }
    if faults.strikes(.startFailure, chance) {
      tally.count(.startFailure)
      var outcome = AttemptOutcome(state: .failed, reason: Reason("not_started", "there is no such program"))
      outcome.isPermanent = chance.happens(0.5)
      return tell(.ended(order.id, outcome))
    }
    let declared = task(of: order)
    var isInOwner = false
    if case .load = declared.kind { isInOwner = true }
    var process = Process(
      order: order, owner: owner, isInOwner: isInOwner, outcome: outcome(of: order),
      ignoresTerm: faults.strikes(.ignoredTerm, chance, times: 2))
    process.isKept = !isInOwner
    processes[order.key] = process
    keys[order.id] = order.key
    let isHung = declared.timeout != nil && faults.strikes(.hang, chance)
    if isHung {
      tally.count(.hang)
    } else {
      agenda.add(.processEnds(order.key), after: duration(of: order))
    }
    if !isInOwner, !isPunctual, chance.happens(0.8) { tell(.running(order.id, identity(of: order.id))) }
  }

  func adopt(_ order: AttemptOrder) {
    note(.adopt, order.context.run, order.id)
    keys[order.id] = order.key
    guard var process = processes[order.key], process.isKept || process.isAlive else {
      let isDone = committed.contains(order.key)
      if !isDone { lost[order.id.instance, default: []].insert(order.id.number) }
      let end = AttemptOutcome(state: .lost, reason: Reason("owner_died", "nobody knows how it ended"))
      return tell(.ended(order.id, isDone ? AttemptOutcome(state: .success) : end))
    }
    process.owner = owner
    processes[order.key] = process
    if let exit = process.exit, !process.isAlive { tell(.ended(order.id, exit)) }
  }

  func settle(_ settled: [AttemptID]) {
    for attempt in settled {
      guard let key = keys[attempt], let process = processes[key], !process.isAlive else { continue }
      note(.settle, process.order.context.run, attempt)
      processes[key]?.exit = nil
      processes[key]?.isKept = false
    }
  }

  func evaluate(_ order: EvaluationOrder) {
    note(.evaluate, order.context.run, nil)
    var answer = answer(to: order)
    if faults.strikes(.failedEvaluation, chance) {
      tally.count(.failedEvaluation)
      answer = .failed(Reason("evaluation", "the statement cannot be run"))
    }
    // A statement may take long, and whoever asked may go meanwhile.
    let takes = !isPunctual && chance.happens(0.15) ? chance.span(1_000, 5_000_000) : 0
    tell(.evaluated(order.context.instance, order.subject, answer), after: takes)
  }

  /// What an evaluation comes to where nothing fails.
  func answer(to order: EvaluationOrder) -> EvaluationAnswer {
    var answers = SeededGenerator(seed: Self.mix(seed, order.context.instance, 77))
    switch order.subject {
    case .when: return .condition(answers.fraction() < 0.7)
    case .each:
      let values = (0..<Int.random(in: 0...4, using: &answers)).map { Scalar.integer(Int64($0)) }
      return .values(values)
    case .trigger: return .trigger(key: nil, params: [:])
    }
  }

  /// What is waited for is there after some looks, or the wait fails: the same for each try of an instance.
  func probe(_ order: ProbeOrder) {
    note(.probe, order.context.run, order.attempt)
    if isPunctual { return tell(.probed(order.attempt, answer(to: order, at: agenda.time))) }
    looks[order.attempt, default: 0] += 1
    if !isForetold, looks[order.attempt] == 1, faults.strikes(.endlessWait, chance, times: 2) {
      tally.count(.endlessWait)
      looks[order.attempt] = -1_000_000
    }
    var answers = SeededGenerator(seed: Self.mix(seed, order.attempt.instance, 5000 + order.attempt.number))
    let enough = Int.random(in: 1...4, using: &answers)
    let fails = answers.fraction() < 0.2
    guard looks[order.attempt, default: 0] >= enough else {
      let reason = Reason("file", looks[order.attempt] == 1 ? "it is not there" : "it is still not there")
      return tell(
        .probed(order.attempt, .notYet(reason, after: .milliseconds(chance.span(1_000, 40_000_000)))))
    }
    let failure = AttemptOutcome(state: .failed, reason: Reason("sql", "its SQL is wrong"))
    tell(.probed(order.attempt, fails ? .failed(failure) : .met))
  }

  /// What a look comes to where what is waited for comes after a time of its own.
  ///
  /// - Parameter time: of the agenda.
  func answer(to order: ProbeOrder, at time: Int64) -> ProbeAnswer {
    let salt = 5000 + order.attempt.number
    let due =
      order.since
      + .milliseconds(Chance(seed: Self.mix(seed, order.attempt.instance, salt)).span(10, 90_000_000))
    let left = due - SimulatedClock.beginning - .milliseconds(time)
    return left > .zero ? .notYet(Reason("file", "it is not there"), after: left) : .met
  }

  /// Somebody is told of alerts, soon or late, or cannot be.
  func notify(_ order: NotificationOrder) {
    var deed = Deed(kind: .notify, attempt: nil, run: 0, release: 0, durable: durableSequence())
    deed.notification = order.id
    deeds.append(deed)
    var failure: Reason?
    if faults.strikes(.failedNotification, chance, times: 3) {
      tally.count(.failedNotification)
      failure = Reason("exit", "exit code 1")
    }
    agenda.add(
      .report(.notified(order.id, attempt: order.attempt, failure: failure), owner: owner),
      after: chance.span(10, 60_000))
    guard faults.strikes(.doubleReport, chance, times: 0.5) else { return }
    tally.count(.doubleReport)
    agenda.add(
      .report(.notified(order.id, attempt: order.attempt, failure: nil), owner: owner),
      after: chance.span(10, 100_000))
  }

  func stop(_ attempt: AttemptID, cause: StopCause, grace: Duration) {
    guard let key = keys[attempt], let process = processes[key] else { return }
    note(.stop, process.order.context.run, attempt)
    guard process.isAlive else { return }
    if isPunctual {
      agenda.add(.processDies(key, signal: 9, owner: owner), after: 0)
    } else if process.ignoresTerm, grace > .zero {
      tally.count(.ignoredTerm)
      agenda.add(.processDies(key, signal: 9, owner: owner), after: grace.wholeMilliseconds)
    } else {
      let most = max(0, min(grace.wholeMilliseconds, 2000))
      agenda.add(
        .processDies(key, signal: grace == .zero ? 9 : 15, owner: owner),
        after: Int64.random(in: 0...most, using: &chance.generator))
    }
  }

  /// A process has come to its end by itself.
  func processEnds(_ key: AttemptKey) {
    guard let process = processes[key], process.isAlive else { return }
    end(key, process.outcome)
  }

  /// Whoever waits out a grace is the owner: one that died kills nobody any more.
  func processDies(_ key: AttemptKey, signal: Int, owner: Int) {
    guard let process = processes[key], process.isAlive, signal != 9 || owner == self.owner else { return }
    let outcome = Self.killed(signal)
    // Some finish their work when they are asked to end.
    end(key, chance.happens(0.1) && signal == 15 ? process.outcome : outcome)
  }

  private func end(_ key: AttemptKey, _ outcome: AttemptOutcome) {
    guard var process = processes[key] else { return }
    process.isAlive = false
    var exit = outcome
    if !process.isKept, !process.isInOwner {
      exit = AttemptOutcome(state: .lost, reason: Reason("keeper_died", "nobody has its exit status"))
      lost[process.order.id.instance, default: []].insert(process.order.id.number)
    }
    process.exit = exit
    processes[key] = process
    if process.isInOwner, exit.state == .success { committed.insert(key) }
    guard process.owner == owner else { return }
    if isPunctual {
      prompt.append(.ended(process.order.id, exit))
    } else {
      tell(.ended(process.order.id, exit))
    }
  }

  /// What will be told of a process that comes to its own end; nil: it is over.
  func coming(_ key: AttemptKey) -> WorkerReport? {
    guard let process = processes[key], process.isAlive else { return nil }
    return .ended(process.order.id, process.outcome)
  }

  /// What will be told of a process that is told to end; nil: it is over.
  func coming(_ key: AttemptKey, signal: Int) -> WorkerReport? {
    guard let process = processes[key], process.isAlive else { return nil }
    return .ended(process.order.id, Self.killed(signal))
  }

  private static func killed(_ signal: Int) -> AttemptOutcome {
    var outcome = AttemptOutcome(state: .failed, reason: Reason("signal", "signal \(signal) ended it"))
    outcome.signal = signal
    return outcome
  }

  /// What is told in the turn in which it happens.
  func takePrompt() -> [WorkerReport] {
    defer { prompt = [] }
    return prompt
  }

  /// How an attempt will end, and after how long, where nothing goes wrong.
  func foretold(_ order: AttemptOrder) -> (outcome: AttemptOutcome, after: Duration) {
    let before = tally
    defer { tally = before }
    return (outcome(of: order), .milliseconds(duration(of: order)))
  }

  /// The owner is dead. What ran within it is dead too; the rest goes on, if the machine does.
  func ownerDied(withKeeper: Bool, withMachine: Bool) {
    for (key, process) in processes {
      var process = process
      if process.isInOwner || withMachine { process.isAlive = false }
      if process.isInOwner || withKeeper || withMachine { process.isKept = false }
      processes[key] = process
    }
    owner += 1
  }

  /// Ends what would hang for ever: called when faults are over.
  func endHung() {
    for (key, process) in processes.sorted(by: { $0.key.text < $1.key.text }) where process.isAlive {
      agenda.add(.processEnds(key), after: chance.span(10, 30_000_000))
    }
  }

  /// Forgets the processes of a run that is final.
  func forget(_ run: RunID) {
    for (attempt, key) in keys where attempt.instance.run == run {
      keys[attempt] = nil
      processes[key] = nil
    }
    for attempt in looks.keys where attempt.instance.run == run { looks[attempt] = nil }
  }

  private func note(_ kind: Deed.Kind, _ context: RunContext, _ attempt: AttemptID?) {
    deeds.append(
      Deed(
        kind: kind, attempt: attempt, run: context.run, release: context.release.id,
        durable: durableSequence()))
  }

  /// Lets the owner hear something, soon or late, once or twice.
  private func tell(_ report: WorkerReport, after span: Int64 = 0) {
    if isPunctual { return agenda.add(.report(report, owner: owner), after: 0) }
    var delay = span + Int64.random(in: 0...30, using: &chance.generator)
    if faults.strikes(.lateReport, chance, times: 0.5) {
      tally.count(.lateReport)
      delay = chance.span(1_000, 10_000_000)
    }
    agenda.add(.report(report, owner: owner), after: delay)
    if faults.strikes(.doubleReport, chance, times: 0.5) {
      tally.count(.doubleReport)
      agenda.add(.report(report, owner: owner), after: delay + chance.span(0, 100_000))
    }
  }

  private func task(of order: AttemptOrder) -> TaskDeclaration {
    let context = order.context.run
    return context.release.graph.pipelines[context.pipelineIndex].tasks[order.id.instance.task]
  }

  private func duration(of order: AttemptOrder) -> Int64 {
    guard isForetold else { return chance.span(10, 30_000_000) }
    return Chance(seed: Self.mix(seed, order.id.instance, 1000 + tried(order.id))).span(10, 30_000_000)
  }

  /// Which try of its instance an attempt is; those that were lost are none.
  private func tried(_ attempt: AttemptID) -> Int {
    attempt.number - (isForetold ? lost[attempt.instance]?.count ?? 0 : 0)
  }

  private func identity(of attempt: AttemptID) -> ProcessIdentity {
    ProcessIdentity(
      pid: Int32.random(in: 1...4_000_000, using: &chance.generator), startTime: UInt64(agenda.time),
      boot: "boot")
  }

  /// How an attempt will end: the same for the same try of an instance, whatever happened around it.
  private func outcome(of order: AttemptOrder) -> AttemptOutcome {
    var ends = SeededGenerator(seed: Self.mix(seed, order.id.instance, tried(order.id)))
    var outcome = AttemptOutcome(state: .success)
    let draw = ends.fraction()
    if faults.strikes(.foreignEnd, chance, times: 0.3) {
      tally.count(.foreignEnd)
      outcome.state = chance.happens(0.5) ? .timedOut : .cancelled
      outcome.reason = Reason("foreign", "somebody else ended it")
    } else if isForetold || faults.has(.badExit), draw < 0.2 {
      tally.count(.badExit)
      outcome.state = .failed
      outcome.exitCode = [1, 2, 3].randomElement(using: &ends)
    } else if isForetold || faults.has(.retryExit), draw < 0.3 {
      tally.count(.retryExit)
      outcome.state = .failed
      outcome.exitCode = 75
      outcome.asksRetry = true
    } else if draw < 0.36 {
      outcome.state = .skipped
      outcome.exitCode = 99
    } else if draw < 0.5 {
      outcome.rows = Int64.random(in: 0...1000, using: &ends)
      outcome.output = "{\"rows\": 1}"
    }
    guard outcome.state == .success else { return outcome }
    // Many come to what others came to before, and some do not tell.
    if ends.fraction() < 0.7 { outcome.content = Int64.random(in: 1...2, using: &ends) }
    if case .load = task(of: order).kind, ends.fraction() < 0.5 { outcome.inputs = read(order, &ends) }
    return outcome
  }

  /// What a transaction found of its inputs: some were made anew since it was ordered.
  private func read(_ order: AttemptOrder, _ ends: inout SeededGenerator) -> [InputVersion] {
    order.inputs.map { input in
      var input = input
      if input.partition != InputVersion.allPartitions, ends.fraction() < 0.2 { input.content = 3 }
      return input
    }
  }

  private static func mix(_ seed: UInt64, _ instance: InstanceID, _ salt: Int) -> UInt64 {
    var mixed = seed
    for part in [
      UInt64(bitPattern: instance.run), UInt64(instance.task), UInt64(instance.index), UInt64(salt),
    ] {
      var generator = SeededGenerator(seed: mixed ^ part &* 0x9E37_79B9)
      mixed = generator.next()
    }
    return mixed
  }
}
