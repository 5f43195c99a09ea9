import Basics
import Diagnostics
import Lineage
import MeshModel

/// Makes meshes as a seed has them: domains with shares and slots, pools, pipelines with every key that the
/// scheduler looks at, and datasets that flow between them.
struct MeshMaker {
  static let position = SourcePosition(file: SourceFile(path: "simulated", text: ""), line: 1, column: 1)
  let chance: Chance
  /// Datasets that earlier pipelines write, with their grain.
  private var written: [(dataset: DatasetName, grain: Grain?)] = []

  /// Earlier pipelines, which may be triggered.
  private var targets: [PipelineName] = []

  /// The longest list of `each`.
  private let widest: Int

  /// Nothing may depend on how long things take.
  private let isTwin: Bool

  init(_ chance: Chance, isTwin: Bool = false) {
    self.chance = chance
    self.isTwin = isTwin
    widest = chance.pick([3, 5, 40]) ?? 5
  }

  mutating func mesh() -> Mesh {
    let pools = (0..<chance.number(0...2)).map { Pool(name: "pool\($0)", slots: chance.number(1...3)) }
    var domains = (0..<chance.number(1...4)).map { place in
      Domain(name: "d\(place)", owner: "team", share: chance.number(1...4), position: Self.position)
    }
    for place in domains.indices where chance.happens(0.4) { domains[place].slots = chance.number(1...4) }
    for number in 0..<chance.number(1...6) {
      let home = chance.number(0...domains.count - 1)
      domains[home].pipelines.append(pipeline("p\(number)", of: domains[home].name, pools))
    }
    for place in domains.indices { domains[place].pipelines.sort { $0.name < $1.name } }
    var mesh = Mesh(root: "/project", pools: pools, domains: domains)
    if !isTwin { setNotifications(&mesh) }
    return Self.checked(mesh)
  }

  /// Without what 'heddle check' refuses: tasks and data that make each other's pipelines run without end.
  private static func checked(_ mesh: Mesh) -> Mesh {
    guard LineageBuilder.build(mesh).diagnostics.contains(where: { $0.code == "trigger-cycle" }) else {
      return mesh
    }
    var mesh = mesh
    for home in mesh.domains.indices {
      for place in mesh.domains[home].pipelines.indices {
        mesh.domains[home].pipelines[place].dataTrigger = nil
      }
    }
    return mesh
  }

  /// Who is told of what, and by when some pipelines are to have made theirs.
  private func setNotifications(_ mesh: inout Mesh) {
    func rules() -> [NotificationRule] {
      (0..<chance.number(0...2)).map { _ in
        let kinds = AlertKind.allCases.filter { _ in chance.happens(0.6) }
        return NotificationRule(kinds: kinds, command: Command(form: .shell("true"), directory: "/project"))
      }
    }
    mesh.notify = rules()
    for domain in mesh.domains.indices {
      mesh.domains[domain].notify = rules()
      for place in mesh.domains[domain].pipelines.indices where chance.happens(0.5) {
        let span = Duration.milliseconds(chance.span(600_000, 400_000_000))
        mesh.domains[domain].pipelines[place].deadline = span
      }
    }
  }

  private mutating func pipeline(_ name: String, of domain: String, _ pools: [Pool]) -> Pipeline {
    var pipeline = Pipeline(name: PipelineName(domain: domain, name: name), position: Self.position)
    pipeline.grain = [nil, .daily, .daily, .hourly].randomElement(using: &chance.generator) ?? nil
    pipeline.maxActiveRuns = chance.number(1...4)
    pipeline.priority = chance.number(0...2)
    setSchedule(&pipeline)
    let readable = written
    for place in 0..<chance.number(1...7) {
      pipeline.tasks.append(task(place, of: pipeline, readable, pools))
    }
    targets.append(pipeline.name)
    setTrigger(&pipeline, readable.map(\.dataset))
    return pipeline
  }

  /// Lets data make some of those due that no clock does: what they read, or what they only name.
  private func setTrigger(_ pipeline: inout Pipeline, _ known: [DatasetName]) {
    pipeline.dataTrigger = nil
    guard !isTwin, pipeline.schedule == nil, chance.happens(0.5), let one = chance.pick(known) else { return }
    let named = Set([one] + known.filter { _ in chance.happens(0.2) }).sorted().map {
      Located($0, at: Self.position)
    }
    let watched = chance.pick([DataTrigger.Watched.inputs, .inputs, .all(named), .any(named)]) ?? .inputs
    pipeline.dataTrigger = DataTrigger(
      watched: watched, refresh: pipeline.grain == nil ? .none : chance.pick([.none, .none, .auto]) ?? .none,
      whenFull: chance.pick([.queue, .queue, .skip, .cancelRunning]) ?? .queue, position: Self.position)
    guard pipeline.grain != nil else { return }
    if chance.happens(0.2) {
      pipeline.start = CivilTime(year: 2012, month: 12, day: chance.number(20...31))
    }
  }

  /// Makes a task wait without a worker. Whatever a twin waits for comes, and in time; who triggers makes
  /// runs whose numbers hang on when it does.
  private func wait(_ task: inout TaskDeclaration, of pipeline: PipelineName) {
    let text = LocatedText(text: "SELECT 1", position: Self.position, laterLinesColumn: 1)
    switch isTwin ? 9 : chance.number(0...9) {
    case 0, 1:
      let names = [[], ["bert"], ["ops"], ["bert", "ops"]].randomElement(using: &chance.generator) ?? []
      task.kind = .approve(ApprovalTask(by: names.map { Located($0, at: Self.position) }))
    case 2, 3, 4:
      guard let target = chance.pick(Array(targets.prefix { $0 != pipeline })) else { return }
      task.kind = .trigger(
        TriggerTask(pipeline: Located(target, at: Self.position), waits: chance.happens(0.8)))
    case 5:
      guard let dataset = chance.pick(written.map(\.dataset)) else { return }
      let span = Duration.milliseconds(chance.span(10_000, 400_000_000))
      task.kind = .wait(WaitTask(condition: .fresh(Located(dataset, at: Self.position), within: span)))
    default: task.kind = .wait(WaitTask(condition: .sql(text)))
    }
    if isTwin { task.timeout = .seconds(86_400 * 3650) }
    if chance.happens(0.4) { task.onTimeout = .skip }
  }

  /// Every few hours or days, with a history that began some days before the simulation, or without.
  private func setSchedule(_ pipeline: inout Pipeline) {
    guard chance.happens(0.4) else { return }
    let crons = ["0 6 * * *", "30 2 * * 1-5", "15 */8 * * *", "0 0 1,15 * *"]
    let trigger: Schedule.Trigger =
      chance.happens(0.5)
      ? .every(.seconds(3600 * chance.number(5...60)))
      : .cron(Located(chance.pick(crons) ?? "", at: Self.position))
    pipeline.schedule = Schedule(
      trigger: trigger, catchup: chance.pick(Schedule.Catchup.allCases) ?? .latest,
      whenFull: chance.pick(Schedule.WhenFull.allCases) ?? .queue,
      delay: chance.happens(0.2) ? .seconds(chance.number(1...7200)) : .zero, position: Self.position)
    if case .cron = trigger, chance.happens(0.3) {
      let first = CivilTime(year: 2013, month: 1, day: 1).daysSinceEpoch
      let days = (0..<chance.number(0...20)).map { _ in first + Int64(chance.number(0...400)) }
      pipeline.schedule?.calendar = ScheduleCalendar(
        path: "days.txt", weekdays: chance.happens(0.5) ? 0b100_0001 : 0, excluded: Set(days))
      pipeline.schedule?.onExcluded = chance.pick(Schedule.OnExcluded.allCases) ?? .skip
    }
    if chance.happens(0.4) { pipeline.start = CivilTime(year: 2012, month: 12, day: chance.number(20...31)) }
    if chance.happens(0.1) { pipeline.end = CivilTime(year: 2013, month: 1, day: chance.number(5...28)) }
  }

  private mutating func task(
    _ place: Int, of pipeline: Pipeline, _ readable: [(dataset: DatasetName, grain: Grain?)], _ pools: [Pool]
  ) -> TaskDeclaration {
    let command = Command(form: .shell("true"), directory: "/project")
    let dataset = DatasetName(domain: pipeline.name.domain, name: "\(pipeline.name.name)_t\(place)")
    var task = TaskDeclaration(name: "t\(place)", kind: .run(command), position: Self.position)
    if chance.happens(0.5) {
      if chance.happens(0.3) {
        let columns = [Column(name: "x", type: .integer)]
        task.kind = .load(
          LoadTask(
            source: .command(command), columns: columns,
            into: Target(dataset: dataset, mode: .replace, position: Self.position)))
      } else {
        task.writes = [WriteDeclaration(dataset: dataset, position: Self.position)]
      }
      written.append((dataset, pipeline.grain))
    }
    let isWaiting = task.writes.isEmpty && chance.happens(0.2)
    for before in 0..<place where chance.happens(0.35) {
      task.after.append(Located("t\(before)", at: Self.position))
    }
    for (dataset, grain) in readable where chance.happens(0.15) {
      task.reads.append(read(dataset, grain, by: pipeline))
    }
    setRules(&task, place, pipeline, pools)
    if isWaiting, case .run = task.kind { wait(&task, of: pipeline.name) }
    return task
  }

  private func read(_ dataset: DatasetName, _ grain: Grain?, by pipeline: Pipeline) -> ReadDeclaration {
    var read = ReadDeclaration(dataset: dataset, position: Self.position)
    if chance.happens(0.2) { read.onMissing = .ignore }
    if !isTwin, chance.happens(0.15) {
      read.freshness = .milliseconds(chance.span(10_000, 400_000_000))
      return read
    }
    guard grain != nil, pipeline.grain != nil else { return read }
    if chance.happens(0.15) {
      read.offset = -1
    } else if chance.happens(0.15) {
      read.window = .seconds(86_400 * chance.number(1...3))
    }
    return read
  }

  private func setRules(_ task: inout TaskDeclaration, _ place: Int, _ pipeline: Pipeline, _ pools: [Pool]) {
    if chance.happens(0.4) {
      task.triggerRule = TriggerRule.allCases.randomElement(using: &chance.generator) ?? .allSuccess
    }
    task.retry = retry()
    if !isTwin, chance.happens(0.35) { task.timeout = .milliseconds(chance.span(1_000, 20_000_000)) }
    task.allowFailure = chance.happens(0.1)
    task.teardown = chance.happens(0.12)
    task.dependsOnPast = pipeline.grain != nil && chance.happens(0.08)
    if chance.happens(0.25) { task.pool = chance.pick(pools)?.name }
    let text = LocatedText(text: "SELECT 1", position: Self.position, laterLinesColumn: 1)
    if chance.happens(0.2) {
      let most = chance.happens(0.4) ? chance.number(1...2) : nil
      let values = (0..<chance.number(0...widest)).map { Scalar.integer(Int64($0)) }
      task.each = FanOut(
        source: chance.happens(0.5) ? .list(values) : .sql(text), maxActive: most, position: Self.position)
    } else if place > 0, chance.happens(0.15) {
      let leader = chance.number(0...place - 1)
      if pipeline.tasks[leader].each != nil {
        task.each = FanOut(source: .of(Located("t\(leader)", at: Self.position)), position: Self.position)
      }
    }
    // Those that have both are asked for the one after the other.
    if chance.happens(task.each == nil ? 0.12 : 0.3) { task.when = text }
  }

  private func retry() -> RetryPolicy {
    var retry = RetryPolicy()
    retry.attempts = chance.number(1...4)
    retry.lost = isTwin ? 1000 : chance.number(0...3)
    retry.delay = .milliseconds(chance.happens(0.1) ? 0 : chance.span(100, 4_000_000))
    retry.backoff = RetryPolicy.Backoff.allCases.randomElement(using: &chance.generator) ?? .constant
    if chance.happens(0.4) { retry.maxDelay = .milliseconds(chance.span(1_000, 40_000_000)) }
    if chance.happens(0.5) { retry.jitter = chance.generator.fraction() }
    if chance.happens(0.15) { retry.onExit = [3] }
    return retry
  }

  /// The mesh as somebody has edited it: other limits, other rules, tasks and pipelines more or less.
  mutating func edited(_ mesh: Mesh, deletes: Bool) -> Mesh {
    var mesh = mesh
    written = []
    for place in mesh.pools.indices where chance.happens(0.3) {
      mesh.pools[place].slots = chance.number(1...3)
    }
    for home in mesh.domains.indices {
      if chance.happens(0.3) { mesh.domains[home].slots = chance.happens(0.5) ? chance.number(1...4) : nil }
      if chance.happens(0.3) { mesh.domains[home].share = chance.number(1...4) }
      if deletes, chance.happens(0.4), !mesh.domains[home].pipelines.isEmpty {
        mesh.domains[home].pipelines.remove(at: chance.number(0...mesh.domains[home].pipelines.count - 1))
      }
      for place in mesh.domains[home].pipelines.indices where chance.happens(0.5) {
        edit(&mesh.domains[home].pipelines[place], mesh.pools)
      }
    }
    if !isTwin, chance.happens(0.3) { setNotifications(&mesh) }
    return Self.checked(mesh)
  }

  private mutating func edit(_ pipeline: inout Pipeline, _ pools: [Pool]) {
    pipeline.maxActiveRuns = chance.number(1...4)
    if chance.happens(0.2) {
      pipeline.schedule = nil
      setSchedule(&pipeline)
    }
    if pipeline.schedule != nil {
      pipeline.dataTrigger = nil
    } else if chance.happens(0.2) {
      setTrigger(&pipeline, pipeline.tasks.flatMap(\.reads).map(\.dataset))
    }
    for place in pipeline.tasks.indices where chance.happens(0.4) {
      let each = pipeline.tasks[place].each
      setRules(&pipeline.tasks[place], place, pipeline, pools)
      // Who follows another task's instances needs that one to have some.
      pipeline.tasks[place].each = each
    }
    if chance.happens(0.3) { pipeline.tasks.append(task(pipeline.tasks.count, of: pipeline, [], pools)) }
  }
}
