import Basics
import Diagnostics
import Execution
import Glibc
import Lineage
import MeshModel
import Planning
import Records
import TestKit
import Testing
import Threads

/// A project with one domain, `ops`, whose tasks are made by hand, and an executor over it.
final class Workshop {
  /// Of its own, for attempts of other tests run at the same time and are told apart by their keys.
  var identity: String
  let folder: TemporaryFolder
  let state: StateDirectory
  let position: SourcePosition
  var mesh: Mesh
  var pipeline: Pipeline
  var params: [String: Scalar] = [:]
  var inputs: [InputVersion] = []
  var upstreamOutputs: [String: String] = [:]
  /// What the executor sees of our own environment.
  var environment: [String: String] = ["PATH": "/usr/local/bin:/usr/bin:/bin"]
  let reports = Mailbox<WorkerReport>()
  /// Datasets of other domains and their columns.
  var foreign: [DatasetName: [Column]] = [:]
  /// What tasks read, by their place, for those that look at it.
  var reads: [Int: [DatasetName]] = [:]
  /// What tasks write besides what they bring rows into, by their place.
  var written: [Int: [DatasetName]] = [:]
  /// A keeper is there before the first attempt, so that processes which end in a moment need no thread.
  var isWarm = true
  /// Bytes of a log; nil: as ever.
  var longestLog: Int?
  /// What starts processes for the executor that is open.
  private(set) var runner: KeeperRunner?
  private var unread: [WorkerReport] = []
  private var executor: LocalExecutor?
  /// The release that it was opened for.
  private var opened: Release?

  init() throws {
    folder = try TemporaryFolder()
    identity = String(try #require(SystemRandom.bits()), radix: 36)
    state = StateDirectory(root: folder.file("state"))
    for name in ["project", "state", "state/stores", "state/secrets"] {
      try folder.write("", to: name + "/.keep")
    }
    position = SourcePosition(file: SourceFile(path: "dags/ops/work.yaml", text: ""), line: 1, column: 1)
    mesh = Mesh(root: folder.file("project"))
    mesh.domains = [Domain(name: "ops", owner: "team", position: position)]
    pipeline = Pipeline(name: PipelineName(domain: "ops", name: "work"), position: position)
  }

  deinit { executor?.shutDown() }

  /// A day of January 2013 in UTC.
  static func day(_ day: Int) -> PartitionInterval {
    let start = Instant(seconds: CivilTime(year: 2013, month: 1, day: day).secondsSinceEpoch)
    let key = CivilTime(year: 2013, month: 1, day: day).dateText
    return PartitionInterval(key: key, start: start, end: start + .seconds(86_400))
  }

  func text(_ text: String) -> LocatedText {
    let file = SourceFile(path: "dags/ops/work.sql", text: text)
    return LocatedText(
      text: text, position: SourcePosition(file: file, line: 1, column: 1), laterLinesColumn: 1)
  }

  /// Adds a task; its place in the pipeline.
  @discardableResult
  func add(_ name: String, _ kind: TaskKind, _ change: (inout TaskDeclaration) -> Void = { _ in }) -> Int {
    var task = TaskDeclaration(name: name, kind: kind, position: position)
    change(&task)
    pipeline.tasks.append(task)
    return pipeline.tasks.count - 1
  }

  @discardableResult
  func shell(_ script: String, _ change: (inout TaskDeclaration) -> Void = { _ in }) -> Int {
    let command = Command(form: .shell(script), directory: mesh.root)
    return add("t\(pipeline.tasks.count)", .run(command), change)
  }

  /// The release of everything added so far.
  func release(writers: Set<Int> = []) -> Release {
    mesh.domains[0].pipelines = [pipeline]
    var graph = MeshGraph()
    graph.pipelines = [pipeline]
    graph.firstNode = [0]
    for (index, task) in pipeline.tasks.enumerated() {
      var node = MeshGraph.Node(
        name: TaskName(pipeline: pipeline.name, task: task.name), pipeline: 0, task: index)
      node.reads = (reads[index] ?? []).map {
        MeshGraph.Read(dataset: $0, columns: nil, terms: ReadDeclaration(dataset: $0, position: position))
      }
      node.writes = written[index] ?? []
      switch task.kind {
      case .load: node.writesStore = true
      case .sql(let sql): node.writesStore = sql.into != nil || writers.contains(index)
      case .run, .wait, .approve, .trigger: break
      }
      graph.nodes.append(node)
      if case .sql(let sql) = task.kind, let target = sql.into {
        graph.datasets[target.dataset] = MeshGraph.Dataset(
          name: target.dataset, writer: index, position: position)
      }
    }
    for (name, columns) in foreign {
      let writer = written.first { $0.value.contains(name) }?.key
      graph.datasets[name] = MeshGraph.Dataset(
        name: name, columns: columns, writer: writer, position: position)
    }
    return Release(id: 1, mesh: mesh, graph: graph)
  }

  /// Starts the executor over everything added so far.
  @discardableResult
  func open(workers: Int = 2, writers: Set<Int> = []) throws -> LocalExecutor {
    executor?.shutDown()
    return try openBesideOthers(workers: workers, writers: writers)
  }

  /// Starts an executor and leaves the one before to its fate.
  @discardableResult
  func openBesideOthers(workers: Int = 2, writers: Set<Int> = []) throws -> LocalExecutor {
    opened = release(writers: writers)
    let reports = reports
    let runner = KeeperRunner(
      clock: SystemClock(), folder: state.keepers, spool: state.spool, longestLog: longestLog)
    self.runner = runner
    if isWarm { try warm(runner) }
    let environment = environment
    let executor = try LocalExecutor(
      state: state, stateIdentity: identity, workers: workers,
      clock: SystemClock(), runner: runner, environment: { environment[$0] }, report: { reports.post($0) })
    self.executor = executor
    return executor
  }

  /// Runs a process of no task, so that the keeper is there and the next one is begun without a thread.
  private func warm(_ runner: KeeperRunner) throws {
    let order = ProcessOrder(
      key: AttemptKey("\(identity)-warm"), program: "/bin/true", arguments: ["true"], environment: [],
      directory: "/", log: folder.file("state/warm.log"))
    _ = try runner.run(order, control: AttemptControl(), running: { _ in })
    runner.settle([order.key])
  }

  func context(
    task: Int, run: RunID = 1, index: Int = 0, partition: PartitionInterval? = nil, each: Scalar? = nil
  ) -> InstanceContext {
    InstanceContext(
      run: RunContext(
        release: opened ?? release(writers: []), run: run, pipeline: pipeline.name, pipelineIndex: 0,
        partition: partition, params: params),
      instance: InstanceID(run: run, task: task, index: index), each: each, upstreamOutputs: upstreamOutputs)
  }

  func order(
    task: Int, run: RunID = 1, index: Int = 0, attempt: Int = 1, partition: PartitionInterval? = nil,
    each: Scalar? = nil
  ) -> AttemptOrder {
    let context = context(task: task, run: run, index: index, partition: partition, each: each)
    let id = AttemptID(instance: context.instance, number: attempt)
    return AttemptOrder(
      id: id, key: AttemptKey(state: identity, attempt: id), context: context, inputs: inputs)
  }

  /// The next report that `pick` takes; others are kept for later. Half a minute is longer than any test
  /// needs.
  func next<Picked>(_ pick: (WorkerReport) -> Picked?) throws -> Picked {
    let deadline = SystemClock().monotonicNanoseconds + 120_000_000_000
    while true {
      for (index, report) in unread.enumerated() {
        if let picked = pick(report) {
          unread.remove(at: index)
          return picked
        }
      }
      let batch = reports.take(until: deadline)
      try #require(!batch.isEmpty, "no report came")
      unread += batch
    }
  }

  func outcome(of attempt: AttemptID) throws -> AttemptOutcome {
    let outcome = try next { if case .ended(attempt, let outcome) = $0 { outcome } else { nil } }
    executor?.settle([attempt])
    return outcome
  }

  func running(_ attempt: AttemptID) throws -> ProcessIdentity {
    try next { if case .running(attempt, let identity) = $0 { identity } else { nil } }
  }

  /// Runs an attempt to its end.
  func run(_ order: AttemptOrder) throws -> AttemptOutcome {
    let executor = try executor ?? open()
    executor.start(order)
    return try outcome(of: order.id)
  }

  func run(
    task: Int = 0, run number: RunID = 1, index: Int = 0, attempt: Int = 1,
    partition: PartitionInterval? = nil, each: Scalar? = nil
  ) throws -> AttemptOutcome {
    try run(
      order(task: task, run: number, index: index, attempt: attempt, partition: partition, each: each))
  }

  func log(of order: AttemptOrder) -> String {
    let task = pipeline.tasks[order.id.instance.task].name
    return (try? folder.text("state/logs/\(order.id.instance.run)/\(task)/0/\(order.id.number).log")) ?? ""
  }

  /// Makes a file readable by its owner only.
  func close(_ relative: String) throws {
    try #require(chmod(folder.file(relative), 0o600) == 0)
  }

  var stores: String { state.stores }
}
