import Basics
import Diagnostics
import Lineage
import MeshModel
import Planning

/// A mesh and a scheduler over it, with workers that do what a test says.
struct PlanningWorld {
  let release: Release
  private let waitsForData: Bool
  var scheduler: Scheduler
  var watch: LawWatch
  var now = Instant(seconds: 1_357_000_000)
  /// Live attempts in the order of their start.
  var live: [AttemptOrder] = []
  var evaluations: [EvaluationOrder] = []
  /// Looks that are not answered.
  var probes: [ProbeOrder] = []
  /// Everything that was looked at so far.
  var looks = 0
  /// What was to be told so far.
  var notifications: [NotificationOrder] = []
  var stops: [AttemptID] = []
  /// The grace of each stop.
  var graces: [Duration] = []
  var changes: [Change] = []
  var nextRelease: ReleaseID = 2
  /// What new runs are made from.
  var latest: Release

  init(
    _ pipelines: [Pipeline], workers: Int = 4, pools: [Pool] = [],
    domains: (inout [Domain]) -> Void = { _ in },
    ledger: PartitionLedger = PartitionLedger(), waitsForData: Bool = false,
    notify: [NotificationRule] = []
  ) {
    var byDomain: [String: Domain] = [:]
    for pipeline in pipelines {
      byDomain[
        pipeline.name.domain,
        default: Domain(name: pipeline.name.domain, owner: "team", position: Self.nowhere)
      ].pipelines.append(pipeline)
    }
    var list = byDomain.values.sorted { $0.name < $1.name }
    domains(&list)
    var mesh = Mesh(root: "/project", pools: pools, domains: list)
    mesh.notify = notify
    let (graph, _) = LineageBuilder.build(mesh)
    release = Release(id: 1, mesh: mesh, graph: graph)
    latest = release
    self.waitsForData = waitsForData
    var configuration = Scheduler.Configuration(workers: workers, state: "test")
    configuration.waitsForData = waitsForData
    configuration.looksAfterAlerts = true
    scheduler = Scheduler(release: release, configuration: configuration, ledger: ledger)
    watch = LawWatch(release: release, workers: workers)
  }

  static var nowhere: SourcePosition {
    SourcePosition(file: SourceFile(path: "test", text: ""), line: 1, column: 1)
  }

  /// The owner dies with all it knew, and another one goes on from the record; what was live is adopted.
  mutating func restart() {
    var fold = RecordFold()
    fold.take(changes)
    var configuration = Scheduler.Configuration(
      workers: watch.workers, state: "test", nextRun: fold.lastRun + 1,
      nextMaterialization: fold.lastMaterialization + 1)
    configuration.startsGently = changes.count.isMultiple(of: 2)
    configuration.waitsForData = waitsForData
    configuration.looksAfterAlerts = true
    scheduler = Scheduler(
      restoring: fold.work(release), latest: latest, configuration: configuration, ledger: fold.ledger,
      at: now)
    live = []
    evaluations = []
    probes = []
    decide()
  }

  mutating func send(_ event: SchedulerEvent) {
    scheduler.handle(event, at: now)
    decide()
  }

  mutating func decide() {
    let decisions = scheduler.decide(at: now)
    changes += decisions.changes
    watch.observe(decisions.changes)
    for effect in decisions.effects {
      switch effect {
      case .start(let order), .adopt(let order): live.append(order)
      case .evaluate(let order): evaluations.append(order)
      case .probe(let order):
        probes.append(order)
        looks += 1
      case .notify(let order): notifications.append(order)
      case .stop(let attempt, _, let grace):
        stops.append(attempt)
        graces.append(grace)
      }
    }
  }

  /// Starts a run of the first pipeline of that name.
  mutating func run(_ name: String, partition: PartitionInterval? = nil, tasks: [Int]? = nil) {
    guard let pipeline = PipelineName(name).flatMap({ release.graph.index(of: $0) }) else { return }
    send(.run(RunRequest(pipeline: pipeline, partition: partition, cause: .manual, tasks: tasks)))
  }

  mutating func end(_ order: AttemptOrder, _ outcome: AttemptOutcome = AttemptOutcome(state: .success)) {
    live.removeAll { $0.id == order.id }
    send(.report(.ended(order.id, outcome)))
  }

  /// Ends the live attempt of a task.
  mutating func end(
    _ task: String, index: Int = 0, _ outcome: AttemptOutcome = AttemptOutcome(state: .success)
  ) {
    if let order = live.first(where: { name($0.id.instance) == task && $0.id.instance.index == index }) {
      end(order, outcome)
    }
  }

  mutating func answer(_ answer: EvaluationAnswer) {
    guard !evaluations.isEmpty else { return }
    let order = evaluations.removeFirst()
    if order.subject == .trigger { return trigger(order.context.instance) }
    send(.report(.evaluated(order.context.instance, order.subject, answer)))
  }

  /// Answers the first look.
  mutating func probe(_ answer: ProbeAnswer) {
    guard !probes.isEmpty else { return }
    send(.report(.probed(probes.removeFirst().attempt, answer)))
  }

  /// Answers a task that wants a run to be made, as an owner does.
  mutating func trigger(_ instance: InstanceID) {
    guard let wish = scheduler.wish(of: instance, key: nil, params: [:]) else { return }
    guard let pipeline = release.graph.index(of: wish.pipeline) else {
      return send(.trigger(instance, .refused(Reason("impossible", "there is no such pipeline"))))
    }
    let request = RunRequest(pipeline: pipeline, partition: wish.origin, cause: .trigger)
    send(.trigger(instance, .runs([request])))
  }

  mutating func approve(_ task: String, by name: String, _ isApproved: Bool = true, groups: [String] = []) {
    guard let waiting = scheduler.waitingApprovals.first(where: { $0.task == task }) else { return }
    let decision = ApprovalDecision(by: Approver(name: name, groups: groups), isApproved: isApproved)
    send(.approve(waiting.instance, decision))
  }

  mutating func pass(_ span: Duration) {
    now = now + span
    decide()
  }

  /// Lets every attempt succeed until nothing is live.
  mutating func finish() {
    while let order = live.first { end(order) }
  }

  func name(_ instance: InstanceID) -> String {
    watch.pipeline(of: instance.run).map { $0.tasks[instance.task].name } ?? "?"
  }

  /// Names of the tasks with a live attempt, `task` or `task[2]`.
  var running: [String] {
    live.map { order in
      let name = name(order.id.instance)
      return order.context.each == nil ? name : "\(name)[\(order.id.instance.index)]"
    }
  }

  func state(_ task: String, index: Int = 0, run: RunID = 1) -> InstanceState {
    guard let number = watch.pipeline(of: run)?.tasks.firstIndex(where: { $0.name == task }) else {
      return .waiting
    }
    return watch.instances[InstanceID(run: run, task: number, index: index)] ?? .waiting
  }

  func runState(_ run: RunID = 1) -> RunState? { watch.runs[run] }

  /// The reason that ended a task.
  func reason(_ task: String) -> String? {
    for change in changes {
      switch change {
      case .instanceFinished(let instance, _, let reason, _) where name(instance) == task: return reason.code
      case .attemptEnded(let attempt, let outcome, let state, _, _)
      where name(attempt.instance) == task && state.isFinal && outcome.reason != nil:
        return outcome.reason?.code
      default: continue
      }
    }
    return nil
  }
}

extension Pipeline {
  /// `a`, `b <- a`, `c <- a b`: tasks and what they come after, one a string.
  static func sketch(
    _ name: String, _ tasks: [String], change: (inout TaskDeclaration) -> Void = { _ in }
  ) -> Pipeline {
    let position = PlanningWorld.nowhere
    var pipeline = Pipeline(
      name: PipelineName(name) ?? PipelineName(domain: "d", name: "p"), position: position)
    for text in tasks {
      let sides = text.split(separator: " <- ")
      let command = Command(form: .shell("true"), directory: "/")
      var task = TaskDeclaration(name: String(sides[0]), kind: .run(command), position: position)
      if sides.count > 1 {
        task.after = sides[1].split(separator: " ").map { Located(String($0), at: position) }
      }
      change(&task)
      pipeline.tasks.append(task)
    }
    return pipeline
  }
}

extension AttemptOutcome {
  static let success = AttemptOutcome(state: .success)
  static let lost = AttemptOutcome(state: .lost)
  static let skipped = AttemptOutcome(state: .skipped)
  static let cancelled = AttemptOutcome(state: .cancelled)

  static func failed(_ code: Int = 1) -> AttemptOutcome {
    var outcome = AttemptOutcome(state: .failed)
    outcome.exitCode = code
    outcome.asksRetry = code == 75
    return outcome
  }
}
