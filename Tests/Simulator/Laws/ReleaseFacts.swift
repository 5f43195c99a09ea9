import Basics
import Diagnostics
import MeshModel
import Timetables

/// What the laws must know of the declarations of a release, read off them without the planner's code.
final class ReleaseFacts {
  let id: ReleaseID
  let mesh: Mesh
  let pipelines: [PipelineName: PipelineFacts]
  /// Which pipeline and task writes a dataset.
  let writers: [DatasetName: (pipeline: PipelineName, task: Int)]
  /// What the task means that writes a dataset.
  let codes: [DatasetName: String]

  init(id: ReleaseID, mesh: Mesh, codes: [DatasetName: String]) {
    self.id = id
    self.mesh = mesh
    self.codes = codes
    var pipelines: [PipelineName: PipelineFacts] = [:]
    var writers: [DatasetName: (pipeline: PipelineName, task: Int)] = [:]
    for pipeline in mesh.domains.flatMap(\.pipelines) {
      for (place, task) in pipeline.tasks.enumerated() {
        for dataset in TaskFacts.writes(of: task) { writers[dataset] = (pipeline.name, place) }
      }
    }
    for pipeline in mesh.domains.flatMap(\.pipelines) {
      pipelines[pipeline.name] = PipelineFacts(pipeline, release: id, writers: writers)
    }
    for facts in pipelines.values {
      facts.triggerInputs = facts.inputs(writers) { pipelines[$0]?.pipeline.grain }
    }
    self.pipelines = pipelines
    self.writers = writers
  }

  func schedule(of pipeline: PipelineName) -> PipelineSchedule? { pipelines[pipeline]?.schedule }

  /// Whether it declares what an alert is about.
  func has(_ cause: AlertCause) -> Bool {
    guard let facts = pipelines[cause.pipeline] else { return false }
    switch cause.kind {
    case .runFailed, .waitTimedOut:
      return cause.task.map { task in facts.tasks.contains { $0.name == task } } ?? true
    case .deadlineMissed: return facts.pipeline.deadline != nil
    case .freshnessBroken:
      return cause.dataset.map { dataset in
        writers[dataset]?.pipeline == cause.pipeline && isHeldFresh(dataset)
      } ?? false
    }
  }

  /// Whether somebody reads it who says how old it may be.
  private func isHeldFresh(_ dataset: DatasetName) -> Bool {
    pipelines.values.contains { facts in
      facts.tasks.contains { task in
        task.declared.reads.contains { $0.dataset == dataset && $0.freshness != nil }
      }
    }
  }

  func domain(_ name: String) -> Domain? { mesh.domains.first { $0.name == name } }
}

/// What the laws must know of a pipeline.
final class PipelineFacts {
  let release: ReleaseID
  let pipeline: Pipeline
  let tasks: [TaskFacts]
  let schedule: PipelineSchedule?
  /// What makes it due by data.
  fileprivate(set) var triggerInputs: [TriggerInput] = []

  /// A dataset that makes it due, the grain of who makes it, and how it is read.
  struct TriggerInput {
    var dataset: DatasetName
    var grain: Grain?
    var reads: [ReadDeclaration]
  }

  init(
    _ pipeline: Pipeline, release: ReleaseID, writers: [DatasetName: (pipeline: PipelineName, task: Int)]
  ) {
    self.release = release
    self.pipeline = pipeline
    let places = Dictionary(
      pipeline.tasks.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    tasks = pipeline.tasks.enumerated().map { place, task in
      TaskFacts(task, place: place, of: pipeline.name, places: places, writers: writers)
    }
    schedule = PipelineSchedule(pipeline)
  }

  fileprivate func inputs(
    _ writers: [DatasetName: (pipeline: PipelineName, task: Int)], grain: (PipelineName) -> Grain?
  ) -> [TriggerInput] {
    guard let trigger = pipeline.dataTrigger else { return [] }
    let reads = tasks.flatMap(\.declared.reads)
    var names = Set(trigger.named.map(\.value))
    if trigger.named.isEmpty {
      names = Set(reads.filter { pipeline.grain == nil || $0.freshness == nil }.map(\.dataset))
    }
    return names.sorted().compactMap { name in
      guard let writer = writers[name]?.pipeline, writer != pipeline.name else { return nil }
      let terms = reads.filter { $0.dataset == name && $0.freshness == nil }
      let plain = ReadDeclaration(dataset: name, position: pipeline.position)
      return TriggerInput(dataset: name, grain: grain(writer), reads: terms.isEmpty ? [plain] : terms)
    }
  }

  /// Whether a partition lies between the pipeline's bounds, in UTC.
  func isWithin(_ partition: PartitionInterval) -> Bool {
    if let start = pipeline.start, partition.start.seconds < start.secondsSinceEpoch { return false }
    if let end = pipeline.end, partition.start.seconds >= end.secondsSinceEpoch { return false }
    return true
  }
}

/// What the laws must know of a task.
struct TaskFacts {
  let name: String
  let declared: TaskDeclaration
  /// Tasks of the pipeline that it waits for, the one that it follows left out.
  let upstream: [Int]
  /// The task whose instances it follows one for one.
  let follows: Int?
  /// What it reads of other pipelines and of earlier partitions.
  let reads: [ReadDeclaration]
  let writes: [DatasetName]
  let rule: TriggerRule
  let demand: Chronicle.Demand

  /// Its values are asked for before it begins.
  var isTrigger: Bool { if case .trigger = declared.kind { true } else { false } }

  init(
    _ task: TaskDeclaration, place: Int, of pipeline: PipelineName, places: [String: Int],
    writers: [DatasetName: (pipeline: PipelineName, task: Int)]
  ) {
    name = task.name
    declared = task
    var follows: Int?
    if case .of(let leader) = task.each?.source { follows = places[leader.value] }
    var upstream = Set(task.after.compactMap { places[$0.value] })
    var reads: [ReadDeclaration] = []
    for read in task.reads {
      guard let writer = writers[read.dataset] else { continue }
      if writer.pipeline == pipeline, read.offset >= 0 {
        if writer.task != place { upstream.insert(writer.task) }
      } else {
        reads.append(read)
      }
    }
    if let follows { upstream.remove(follows) }
    self.follows = follows
    self.upstream = upstream.sorted()
    self.reads = reads
    writes = Self.writes(of: task)
    rule = task.teardown ? .allDone : task.triggerRule
    var store: String?
    if case .load = task.kind { store = pipeline.domain }
    let pool = task.kind.waitsWithoutWorker ? nil : task.pool
    demand = Chronicle.Demand(domain: pipeline.domain, pool: pool, store: store)
  }

  static func writes(of task: TaskDeclaration) -> [DatasetName] {
    var writes = task.writes.map(\.dataset)
    if case .load(let load) = task.kind { writes.append(load.into.dataset) }
    return writes
  }
}
