import Basics
import Lineage
import MeshModel
import Planning
import Records
import Timetables

/// Turns what people ask for into requests that the scheduler understands, with what the record knows of the
/// past.
public struct RunRequests {
  let graph: MeshGraph
  private let broken: [Int: BrokenPipelines.Cause]
  let reader: (any PastRuns)?
  private let clock: any Clock

  /// - Parameter broken: the pipelines that must not run.
  package init(
    graph: MeshGraph, broken: [Int: BrokenPipelines.Cause] = [:], reader: StateReader?, clock: any Clock
  ) {
    self.graph = graph
    self.broken = broken
    self.reader = reader
    self.clock = clock
  }

  /// - Parameter past: what else than the record knows of earlier runs.
  init(graph: MeshGraph, broken: [Int: BrokenPipelines.Cause], past: any PastRuns, clock: any Clock) {
    self.graph = graph
    self.broken = broken
    reader = past
    self.clock = clock
  }

  /// The runs that `heddle run` makes: the pipeline's own, after those of the partitions that it looks back
  /// on.
  ///
  /// - Parameters:
  ///   - task: only this task; nil: all.
  ///   - partition: nil: the latest complete one, where the pipeline has partitions.
  func runs(
    _ name: PipelineName, task: String?, partition key: String?, params: [String: String]
  ) throws(SessionError) -> [RunRequest] {
    let index = try pipeline(name)
    let pipeline = graph.pipelines[index]
    let bindings: [String: Scalar]
    do { bindings = try pipeline.bindings(of: params) } catch { throw SessionError(error) }
    var tasks: [Int]?
    if let task {
      guard let number = pipeline.tasks.firstIndex(where: { $0.name == task }) else {
        throw SessionError(
          .notFound, "pipeline '\(name)' has no task '\(task)'",
          help: "it has " + pipeline.tasks.prefix(20).map { "'\($0.name)'" }.joined(separator: ", "))
      }
      tasks = [number]
    }
    return try runs(index, try partition(of: pipeline, key), bindings, .manual, tasks)
  }

  /// The run of a partition, after those of the partitions that it looks back on.
  func runs(
    _ index: Int, _ partition: PartitionInterval?, _ params: [String: Scalar], _ cause: RunCause,
    _ tasks: [Int]? = nil
  ) throws(SessionError) -> [RunRequest] {
    guard let partition else {
      return [RunRequest(pipeline: index, partition: nil, params: params, cause: cause, tasks: tasks)]
    }
    var requests: [RunRequest] = []
    for earlier in try lookback(of: graph.pipelines[index], partition).reversed() {
      requests.append(
        RunRequest(
          pipeline: index, partition: earlier, params: params, cause: .lookback, tasks: tasks,
          past: try past(of: index, earlier)))
    }
    requests.append(
      RunRequest(
        pipeline: index, partition: partition, params: params, cause: cause, tasks: tasks,
        past: try past(of: index, partition)))
    return requests
  }

  /// What the record knows of a tick that is due, and the runs that it asks for. An error is the machine's.
  package func answer(to tick: DueTick) throws(SessionError) -> TickAnswer {
    let pipeline = graph.pipelines[tick.pipeline]
    do throws(SessionError) {
      if let partition = tick.partition, try latestState(of: pipeline.name, partition.key) == .success {
        return TickAnswer(tick, refusal: Reason("same_partition", "'\(partition.key)' was made already"))
      }
      return TickAnswer(tick, runs: try runs(tick.pipeline, tick.partition, cause: .schedule))
    } catch {
      guard error.kind != .environment else { throw error }
      return TickAnswer(tick, refusal: Reason("impossible", error.message))
    }
  }

  /// The run of a partition that nobody gave params for, after those of the partitions that it looks back on.
  func runs(
    _ index: Int, _ partition: PartitionInterval?, cause: RunCause
  ) throws(SessionError) -> [RunRequest] {
    let bindings: [String: Scalar]
    do { bindings = try graph.pipelines[index].bindings(of: [:]) } catch { throw SessionError(error) }
    return try runs(index, partition, bindings, cause)
  }

  private func latestState(of pipeline: PipelineName, _ partition: String) throws(SessionError) -> RunState? {
    guard let reader else { return nil }
    do { return try reader.standing(of: pipeline, partition: partition)?.state } catch {
      throw SessionError(error)
    }
  }

  /// The runs of a plan.
  package func runs(_ plan: BackfillPlan, params: [String: String]) throws(SessionError) -> [RunRequest] {
    var requests: [RunRequest] = []
    requests.reserveCapacity(plan.items.count)
    for item in plan.items {
      let pipeline = graph.pipelines[item.pipelineIndex]
      let known = params.filter { given in pipeline.params.contains { $0.name == given.key } }
      let bindings: [String: Scalar]
      do { bindings = try pipeline.bindings(of: known) } catch { throw SessionError(error) }
      let isWhole = item.kept.isEmpty && item.tasks.count == pipeline.tasks.count
      var past = RunRequest.Past.none
      if let partition = item.partition { past = try self.past(of: item.pipelineIndex, partition) }
      requests.append(
        RunRequest(
          pipeline: item.pipelineIndex, partition: item.partition, params: bindings, cause: .backfill,
          tasks: isWhole ? nil : item.tasks, kept: item.kept,
          keptOutputs: try outputs(of: item.pipelineIndex, partition: item.partition?.key, kept: item.kept),
          past: past))
    }
    return requests
  }

  /// What the tasks that a run keeps told when they were executed.
  package func outputs(of index: Int, partition: String?, kept: [Int]) throws(SessionError) -> [Int: String] {
    guard let reader, !kept.isEmpty else { return [:] }
    let tasks = graph.pipelines[index].tasks
    let told: [String: [String?]]
    do { told = try reader.outputs(of: graph.pipelines[index].name, partition: partition) } catch {
      throw SessionError(error)
    }
    var outputs: [Int: String] = [:]
    for task in kept where tasks.indices.contains(task) {
      guard let instances = told[tasks[task].name] else { continue }
      if tasks[task].each == nil {
        outputs[task] = instances.first ?? nil
      } else {
        outputs[task] = Self.list(instances)
      }
    }
    return outputs
  }

  /// What the instances of a task told, as one JSON array.
  static func list(_ outputs: [String?]) -> String {
    var list = JSONWriter()
    list.array { writer in for output in outputs { writer.raw(output ?? "null") } }
    return list.text
  }

  /// The place of a pipeline that may run.
  func pipeline(_ name: PipelineName) throws(SessionError) -> Int {
    guard let index = graph.index(of: name) else {
      throw SessionError(
        .notFound, "there is no pipeline '\(name)'", help: "'heddle graph' shows what there is")
    }
    try graph.checkRunnable([index], broken: broken)
    return index
  }

  func partition(of pipeline: Pipeline, _ key: String?) throws(SessionError) -> PartitionInterval? {
    guard let calendar = try PartitionCalendar.known(for: pipeline) else {
      guard key == nil else {
        throw SessionError(
          .invalid, "pipeline '\(pipeline.name)' has no partitions", help: "leave --partition out")
      }
      return nil
    }
    guard let key else {
      guard let latest = calendar.latestComplete(at: clock.now, start: pipeline.start, end: pipeline.end)
      else {
        throw SessionError(.invalid, "pipeline '\(pipeline.name)' has no complete partition yet")
      }
      return latest
    }
    let partition: PartitionInterval
    do { partition = try calendar.partition(key: key) } catch {
      throw SessionError(.invalid, error.message, help: error.help)
    }
    guard calendar.isWithin(partition, start: pipeline.start, end: pipeline.end) else {
      throw SessionError(
        .invalid, "partition '\(key)' lies outside the start and end of pipeline '\(pipeline.name)'",
        help: "choose one within, or change 'start' or 'end' of its schedule")
    }
    return partition
  }

  /// The partitions before this one that its run rebuilds, latest first.
  private func lookback(
    of pipeline: Pipeline, _ partition: PartitionInterval
  ) throws(SessionError) -> [PartitionInterval] {
    guard let calendar = try? PartitionCalendar(for: pipeline) else { return [] }
    var earlier: [PartitionInterval] = []
    var current = partition
    for _ in 0..<pipeline.lookback {
      guard let before = calendar.previous(before: current),
        calendar.isWithin(before, start: pipeline.start, end: pipeline.end)
      else { break }
      earlier.append(before)
      current = before
    }
    return earlier
  }

  /// How the partition before went, for pipelines with tasks that ask.
  package func past(of index: Int, _ partition: PartitionInterval) throws(SessionError) -> RunRequest.Past {
    let pipeline = graph.pipelines[index]
    guard let reader, pipeline.tasks.contains(where: \.dependsOnPast),
      let calendar = try? PartitionCalendar(for: pipeline), let before = calendar.previous(before: partition),
      calendar.isWithin(before, start: pipeline.start, end: pipeline.end)
    else { return .none }
    do {
      if let names = try reader.succeededTasks(of: pipeline.name, partition: before.key) {
        let tasks = pipeline.tasks.indices.filter { names.contains(pipeline.tasks[$0].name) }
        return .succeeded(Set(tasks))
      }
      return try reader.hasRuns(of: pipeline.name, before: partition.start) ? .missing : .none
    } catch {
      throw SessionError(error)
    }
  }
}

extension PartitionCalendar {
  /// The calendar of a pipeline, where the machine knows its zone; nil: it has no partitions.
  static func known(for pipeline: Pipeline) throws(SessionError) -> PartitionCalendar? {
    do { return try PartitionCalendar(for: pipeline) } catch {
      throw SessionError(.environment, "\(error)", help: error.help)
    }
  }

  /// The latest partition that is over and lies within a pipeline's bounds.
  func latestComplete(at now: Instant, start: CivilTime?, end: CivilTime?) -> PartitionInterval? {
    guard let latest = latestComplete(at: now) else { return nil }
    if isWithin(latest, start: start, end: end) { return latest }
    guard let end else { return nil }
    let bound = zone.firstInstant(reaching: end)
    guard var last = previous(before: partition(containing: bound)), bound <= now else { return nil }
    if let next = next(after: last), isWithin(next, start: start, end: end) { last = next }
    return isWithin(last, start: start, end: end) ? last : nil
  }
}

extension MeshGraph {
  /// Refuses pipelines that have errors or depend on some that have.
  func checkRunnable(
    _ chosen: some Sequence<Int>, broken: [Int: BrokenPipelines.Cause]
  ) throws(SessionError) {
    for index in chosen {
      guard let cause = broken[index] else { continue }
      let name = pipelines[index].name
      switch cause {
      case .own:
        throw SessionError(
          .brokenDeclarations, "pipeline '\(name)' has errors", help: "'heddle check' shows them")
      case .upstream(let other):
        throw SessionError(
          .brokenDeclarations, "pipeline '\(name)' depends on '\(other)', which has errors",
          help: "'heddle check' shows them")
      case .unknownWriter(let dataset):
        throw SessionError(
          .brokenDeclarations,
          "pipeline '\(name)' reads '\(dataset)', whose writer may stand in a file that cannot be read",
          help: "'heddle check' shows which")
      }
    }
  }
}
