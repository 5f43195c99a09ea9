import Basics
import Lineage
import MeshModel
import Planning
import Records

extension RunRequests {
  /// The run that does again what is asked of a final one, with the same partition and params.
  ///
  /// What comes after a task that is executed is executed too, since it reads what that writes.
  package func retry(_ detail: RunDetail, _ scope: RetryWish.Scope) throws(SessionError) -> RunRequest {
    let run = detail.run
    guard run.state.isFinal else {
      throw SessionError(
        .conflict, "run \(run.id) is not final yet: \(run.state.rawValue)",
        help: "wait for it, or cancel it: heddle cancel \(run.id)")
    }
    let index = try pipeline(run.pipeline)
    let pipeline = graph.pipelines[index]
    let part = Self.part(of: pipeline, in: detail)
    var redone = Set(part.filter { !Self.succeeded(pipeline.tasks[$0].name, in: detail) })
    switch scope {
    case .failed: break
    case .all: redone = Set(part)
    case .from(let name):
      guard let task = part.first(where: { pipeline.tasks[$0].name == name }) else {
        throw SessionError(
          .notFound, "run \(run.id) has no task '\(name)'", help: "see its tasks: heddle show \(run.id)")
      }
      redone.insert(task)
    }
    redone.formUnion(after(redone, in: index))
    redone.formIntersection(part)
    guard !redone.isEmpty else {
      throw SessionError(
        .conflict, "run \(run.id) succeeded as a whole, so there is nothing to do again",
        help: "do all of it again with --all, or a part with --from TASK")
    }
    let kept = part.filter { !redone.contains($0) }
    var past = RunRequest.Past.none
    if let partition = run.partition { past = try self.past(of: index, partition) }
    var request = RunRequest(
      pipeline: index, partition: run.partition, params: try params(run.params, of: pipeline), cause: .retry,
      retryOf: run.id, tasks: redone.sorted(), kept: kept,
      keptOutputs: try outputs(of: kept, pipeline, keptBy: detail), past: past)
    request.ticks = run.ticks
    return request
  }

  /// What the kept tasks told in the run that is retried, or in the one that it took their successes from.
  private func outputs(
    of kept: [Int], _ pipeline: Pipeline, keptBy detail: RunDetail
  ) throws(SessionError) -> [Int: String] {
    var outputs: [Int: String] = [:]
    var open = Set(kept)
    var current: RunDetail? = detail
    while let run = current, !open.isEmpty {
      for task in open.sorted() {
        let told = run.instances.filter { $0.task == pipeline.tasks[task].name }.map(\.attempts.last)
        guard told.contains(where: { $0 != nil }) else { continue }
        open.remove(task)
        if pipeline.tasks[task].each == nil {
          outputs[task] = told.first??.output
        } else {
          outputs[task] = Self.list(told.map { $0?.output })
        }
      }
      guard let earlier = run.run.retryOf, let reader else { break }
      do { current = try reader.runDetail(earlier) } catch { throw SessionError(error) }
    }
    // What a backfill kept is not linked to the run that made it.
    guard !open.isEmpty, let index = graph.index(of: pipeline.name) else { return outputs }
    let rest = try self.outputs(of: index, partition: detail.run.partition?.key, kept: open.sorted())
    return outputs.merging(rest) { own, _ in own }
  }

  /// The tasks that the run was about, as the pipeline has them now; a whole run is about new tasks as well.
  private static func part(of pipeline: Pipeline, in detail: RunDetail) -> [Int] {
    guard detail.run.tasks != nil else { return Array(pipeline.tasks.indices) }
    let names = Set(detail.instances.map(\.task))
    return pipeline.tasks.indices.filter { names.contains(pipeline.tasks[$0].name) }
  }

  private static func succeeded(_ task: String, in detail: RunDetail) -> Bool {
    let instances = detail.instances.filter { $0.task == task }
    return !instances.isEmpty && instances.allSatisfy { $0.state == .success }
  }

  /// What comes after tasks within their pipeline.
  private func after(_ tasks: Set<Int>, in pipeline: Int) -> Set<Int> {
    var next: [Int: [Int]] = [:]
    for edge in graph.edges where !edge.reachesBack {
      let (from, to) = (graph.nodes[edge.from], graph.nodes[edge.to])
      if from.pipeline == pipeline, to.pipeline == pipeline { next[from.task, default: []].append(to.task) }
    }
    var reached: Set<Int> = []
    var open = Array(tasks)
    while let task = open.popLast() {
      for later in next[task] ?? [] where reached.insert(later).inserted { open.append(later) }
    }
    return reached
  }

  /// The params of the run, as far as the pipeline still has them, and the defaults of new ones.
  private func params(
    _ known: [String: Scalar], of pipeline: Pipeline
  ) throws(SessionError) -> [String: Scalar] {
    var values: [String: Scalar] = [:]
    for parameter in pipeline.params {
      guard let value = known[parameter.name] ?? parameter.defaultValue else {
        throw SessionError(
          .invalid, "param '\(parameter.name)' of '\(pipeline.name)' is new, and has no default",
          help: "give it one, retry with the files of the run (--kept), or start a new run")
      }
      values[parameter.name] = value
    }
    return values
  }
}
