import Basics
import Diagnostics
import Lineage
import MeshModel
import Planning

/// One scheduler over one small pipeline, on which runs are played one after the other.
struct ExhaustiveStage {
  private var scheduler: Scheduler
  private let now = Instant(seconds: 1_357_000_000)
  private(set) var decisions = 0
  private(set) var violation: String?

  private var setting: ExhaustiveDriver.Setting
  private var states: [InstanceState]
  private var attempts: [Int]
  /// Tasks with a live attempt, in the order of their start.
  private var live: [(task: Int, attempt: AttemptID)] = []
  private var end: RunState?

  init(_ setting: ExhaustiveDriver.Setting) {
    let position = SourcePosition(file: SourceFile(path: "exhaustive", text: ""), line: 1, column: 1)
    var pipeline = Pipeline(name: PipelineName(domain: "d", name: "p"), position: position)
    for task in 0..<setting.graph.count {
      let command = Command(form: .shell("true"), directory: "/")
      var declared = TaskDeclaration(name: "t\(task)", kind: .run(command), position: position)
      declared.after = setting.graph.upstreams(of: task).map { Located("t\($0)", at: position) }
      declared.triggerRule = setting.rules[task]
      declared.allowFailure = setting.allowed[task]
      declared.retry.attempts = 2
      declared.retry.lost = 1
      declared.retry.delay = .zero
      pipeline.tasks.append(declared)
    }
    var domain = Domain(name: "d", owner: "team", position: position)
    domain.pipelines = [pipeline]
    let mesh = Mesh(root: "/", domains: [domain])
    scheduler = Scheduler(
      release: Release(id: 1, mesh: mesh, graph: LineageBuilder.build(mesh).graph),
      configuration: .init(workers: setting.graph.count, state: "s"))
    self.setting = setting
    states = []
    attempts = []
  }

  /// Plays a run; attempts that are live at once end in the order that the choices say, first come first
  /// where there are none left. Answers how many there were to choose from each time.
  mutating func play(_ setting: ExhaustiveDriver.Setting, order: [Int]) -> [Int] {
    self.setting = setting
    states = Array(repeating: .waiting, count: setting.graph.count)
    attempts = Array(repeating: 0, count: setting.graph.count)
    live = []
    end = nil
    violation = nil
    var options: [Int] = []
    scheduler.handle(.run(RunRequest(pipeline: 0, partition: nil, cause: .manual)), at: now)
    decide()
    while !live.isEmpty, violation == nil {
      let choice = order.indices.contains(options.count) ? order[options.count] : 0
      options.append(live.count)
      let next = live.remove(at: min(choice, live.count - 1))
      finish(next.task, next.attempt)
      decide()
    }
    checkEnd()
    if !scheduler.isIdle { scheduler.handle(.cancelAll, at: now); decide() }
    return options
  }

  private mutating func decide() {
    let decided = scheduler.decide(at: now)
    decisions += decided.changes.count + decided.effects.count
    for change in decided.changes { see(change) }
    checkWaiting()
  }

  private mutating func see(_ change: Change) {
    switch change {
    case .attemptStarted(let attempt, _, _, _):
      let task = attempt.instance.task
      if states[task] == .waiting, certainVerdict(task) != .start {
        violation = "law 1: task \(task) starts too early"
      }
      attempts[task] += 1
      if attempt.number != attempts[task] { violation = "law 2: attempt \(attempt.number) of task \(task)" }
      states[task] = .running
      live.append((task, attempt))
    case .attemptEnded(let attempt, _, let state, _, _): states[attempt.instance.task] = state
    case .instanceFinished(let instance, let state, _, _):
      if states[instance.task] != .waiting { violation = "law 18: task \(instance.task) ends twice" }
      states[instance.task] = state
    case .runFinished(_, let state, _, _): end = state
    default: return
    }
  }

  /// Ends an attempt as its task's script says.
  private mutating func finish(_ task: Int, _ attempt: AttemptID) {
    var outcome = AttemptOutcome(state: .success)
    let isFirst = attempt.number == 1
    switch setting.scripts[task] {
    case .success: break
    case .failure:
      outcome.state = .failed
      outcome.isPermanent = true
    case .skip: outcome.state = .skipped
    case .secondTry: outcome.state = isFirst ? .failed : .success
    case .secondFailure: outcome.state = .failed
    case .lostOnce: outcome.state = isFirst ? .lost : .success
    case .lostTwice: outcome.state = .lost
    case .timeout: outcome.state = .timedOut
    }
    scheduler.handle(.report(.ended(attempt, outcome)), at: now)
  }

  private func ends(_ task: Int) -> (ends: TriggerOracle.Ends, open: Int) {
    var ends = TriggerOracle.Ends()
    var open = 0
    for upstream in setting.graph.upstreams(of: task) {
      switch states[upstream] {
      case .success: ends.successes += 1
      case .failed where setting.allowed[upstream]: ends.successes += 1
      case .failed, .upstreamFailed, .cancelled: ends.failures += 1
      case .skipped: ends.skips += 1
      default: open += 1
      }
    }
    return (ends, open)
  }

  private func certainVerdict(_ task: Int) -> TriggerOracle.Verdict? {
    let (ends, open) = ends(task)
    return TriggerOracle.certain(setting.rules[task], ends, open: open)
  }

  /// Law 7: there is a worker for everybody, so whoever waits has a reason to.
  private mutating func checkWaiting() {
    for task in states.indices where states[task] == .waiting && end == nil {
      if let verdict = certainVerdict(task) {
        violation = "law 7: task \(task) waits, and \(verdict) is certain"
      }
    }
  }

  private mutating func checkEnd() {
    guard violation == nil else { return }
    for task in states.indices {
      let expected: InstanceState
      switch certainVerdict(task) {
      case .start:
        switch setting.scripts[task] {
        case .success, .secondTry, .lostOnce: expected = .success
        case .failure, .secondFailure, .lostTwice, .timeout: expected = .failed
        case .skip: expected = .skipped
        }
      case .skip: expected = .skipped
      case .fail: expected = .upstreamFailed
      case nil: expected = .waiting
      }
      if states[task] != expected { violation = "law 18: task \(task) is \(states[task]), not \(expected)" }
    }
    let isBad = states.indices.contains { task in
      states[task] == .upstreamFailed || states[task] == .failed && !setting.allowed[task]
    }
    if end != (isBad ? .failed : .success) {
      violation = "law 9: the run is \(end.map { $0.rawValue } ?? "not final")"
    }
  }
}
