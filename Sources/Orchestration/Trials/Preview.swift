import Basics
import Diagnostics
import Execution
import Glibc
import Lineage
import MeshModel
import Planning
import Records
import SQLite
import Threads

/// What a run would make of the data, found by carrying its tasks out on a copy of their domain's store.
///
/// Commands are left out: what they do cannot be taken back. Other domains' stores are read as they are.
public final class Preview {
  /// What came of a task.
  public struct Task: Sendable {
    /// How it ended.
    public enum End: Sendable, Hashable {
      case done
      case failed(String)
      /// It was not carried out, and why.
      case leftOut(String)
    }

    public var name: TaskName
    public var end: End
    public var changes: [DatasetChange]
  }

  private let project: CheckedProject
  private let state: StateDirectory
  private let request: RunRequest
  private let trial: Trial
  private let domain: Domain
  private var values: [String: [Scalar]] = [:]
  private var outputs: [String: String] = [:]
  /// Places of tasks that the data says are not to run.
  private var skipped: Set<Int> = []
  private let isStopped = Guarded(false)

  /// Copies the store.
  public init(
    _ request: RunRequest, project: CheckedProject, state: StateDirectory, clock: any Clock
  ) throws(SessionError) {
    self.project = project
    self.state = state
    self.request = request
    let name = project.graph.pipelines[request.pipeline].name
    guard let domain = project.mesh.domains.first(where: { $0.name == name.domain }) else {
      throw SessionError(.notFound, "there is no domain '\(name.domain)'")
    }
    self.domain = domain
    do {
      try FileTree.makeFolder(state.temporary)
      trial = try Trial(project, root: project.root, in: state.temporary, clock: clock)
      try Self.bringStores(of: project.mesh, own: domain, from: state, to: trial)
    } catch { throw SessionError(wrapping: error) }
  }

  /// Ends what runs. From any thread.
  public var stop: @Sendable () -> Void {
    { [worker = trial.worker, isStopped] in
      isStopped.withLock { $0 = true }
      worker.stop()
    }
  }

  /// Whether somebody had it end early.
  public var wasStopped: Bool { isStopped.withLock { $0 } }

  private static func bringStores(
    of mesh: Mesh, own: Domain, from state: StateDirectory, to trial: Trial
  ) throws {
    for domain in mesh.domains {
      let (store, copy) = (state.store(of: domain), trial.state.store(of: domain))
      guard FileTree.exists(store) else { continue }
      try FileTree.makeFolder(above: copy)
      if domain.name == own.name {
        let connection = try Connection(path: store, mode: .readOnly)
        connection.setBusyTimeout(milliseconds: 5000)
        try connection.copy(to: copy)
      } else if symlink(store, copy) != 0 {
        throw FileTreeError(copy, "cannot be linked")
      }
    }
  }

  /// Carries out the tasks, one after the other, and compares what they wrote with what was there.
  public func tasks() throws(SessionError) -> [Task] {
    do {
      let graph = project.graph
      let nodes = graph.nodes(of: request.pipeline)
      let chosen = order(nodes).filter { request.tasks?.contains($0 - nodes.lowerBound) ?? true }
      let before = try DatasetChanges(
        chosen.flatMap { graph.nodes[$0].writes }, store: trial.state.store(of: domain),
        copy: trial.scratch)
      var ends: [(node: Int, end: Task.End)] = []
      var states: [Int: InstanceState] = [:]
      for node in chosen {
        let (end, state) = outcome(of: node, nodes, after: states)
        ends.append((node, end))
        states[node] = state
      }
      return try ends.map { node, end in
        let changes = try graph.nodes[node].writes.map { try before.change(of: $0) }
        return Task(
          name: graph.nodes[node].name, end: end, changes: end == .done ? changes : [])
      }
    } catch { throw SessionError(wrapping: error) }
  }

  /// Carries a task out if its trigger rule lets it begin after those before it, as at night.
  private func outcome(
    of node: Int, _ nodes: Range<Int>, after states: [Int: InstanceState]
  ) -> (Task.End, InstanceState) {
    let task = project.graph.pipelines[request.pipeline].tasks[node - nodes.lowerBound]
    let before = upstreams(of: node).filter { states[$0] != nil }
    var tally = UpstreamTally()
    for upstream in before {
      let allowed = project.graph.pipelines[request.pipeline].tasks[upstream - nodes.lowerBound].allowFailure
      if let state = states[upstream] { tally.count(state, failureAllowed: allowed) }
    }
    let rule = task.teardown ? TriggerRule.allDone : task.triggerRule
    switch rule.verdict(tally, allFinal: true) {
    case .upstreamFailed(let reason):
      let failed = firstFailure(before: node, states)
      let text = failed.map { "'\(project.graph.nodes[$0].name.task)' before it failed" } ?? reason.text
      return (.leftOut(text), .upstreamFailed)
    case .skip(let reason): return (.leftOut(reason.text), .skipped)
    case .start, .wait: break
    }
    let end = carryOut(node - nodes.lowerBound)
    switch end {
    case .failed: return (end, .failed)
    // What is not tried here is taken to succeed: what comes after it is to be seen.
    case .done, .leftOut: return (end, skipped.contains(node - nodes.lowerBound) ? .skipped : .success)
    }
  }

  private func upstreams(of node: Int) -> [Int] {
    project.graph.edges.filter { $0.to == node && $0.from != node && !$0.reachesBack }.map(\.from)
  }

  /// What failed, one or several steps before a task.
  private func firstFailure(before node: Int, _ states: [Int: InstanceState]) -> Int? {
    var (looked, next) = (Set([node]), [node])
    while let place = next.popLast() {
      for upstream in upstreams(of: place) where looked.insert(upstream).inserted {
        if states[upstream] == .failed { return upstream }
        if states[upstream] == .upstreamFailed { next.append(upstream) }
      }
    }
    return nil
  }

  /// The nodes of the pipeline, whoever writes before whoever reads.
  private func order(_ nodes: Range<Int>) -> [Int] {
    let edges = project.graph.edges.filter {
      nodes.contains($0.from) && nodes.contains($0.to) && !$0.reachesBack
    }
    let graph = DirectedGraph(
      nodeCount: nodes.count, edges: edges.map { ($0.from - nodes.lowerBound, $0.to - nodes.lowerBound) })
    return (graph.topologicalOrder() ?? Array(0..<nodes.count)).map { $0 + nodes.lowerBound }
  }

  private func carryOut(_ place: Int) -> Task.End {
    let pipeline = trial.release.graph.pipelines[request.pipeline]
    let task = pipeline.tasks[place]
    if isStopped.withLock({ $0 }) { return .leftOut("it was interrupted") }
    guard task.kind.isWithinStore else { return .leftOut("only SQL and loads of files are previewed") }
    let run = RunContext(
      release: trial.release, run: 1, pipeline: pipeline.name, pipelineIndex: request.pipeline,
      partition: request.partition, params: request.params)
    let context = trial.context(of: place, in: run, outputs: outputs)
    if task.when != nil {
      switch trial.worker.answer(to: EvaluationOrder(subject: .when, context: context)) {
      case .condition(true): break
      case .failed(let reason): return .failed(reason.text)
      default:
        skipped.insert(place)
        return .leftOut("its 'when' does not hold")
      }
    }
    guard let each = task.each else {
      let outcome = trial.outcome(of: place, in: run, outputs: outputs)
      outputs[task.name] = outcome.output
      return end(of: outcome)
    }
    switch instances(each, context) {
    case .failure(let end): return end.end
    case .success(let list):
      values[task.name] = list
      for (index, value) in list.enumerated() {
        let end = end(of: trial.outcome(of: place, in: run, index: index, each: value, outputs: outputs))
        guard end == .done else { return end }
      }
      guard list.isEmpty else { return .done }
      skipped.insert(place)
      return .leftOut("its list is empty")
    }
  }

  private struct Refusal: Error { var end: Task.End }

  private func instances(_ each: FanOut, _ context: InstanceContext) -> Result<[Scalar], Refusal> {
    if case .of(let other) = each.source {
      guard let list = values[other.value] else {
        return .failure(Refusal(end: .leftOut("'\(other.value)' has no instances here")))
      }
      return .success(list)
    }
    switch trial.worker.answer(to: EvaluationOrder(subject: .each, context: context)) {
    case .values(let list): return .success(list)
    case .failed(let reason): return .failure(Refusal(end: .failed(reason.text)))
    case .condition, .trigger: return .success([])
    }
  }

  private func end(of outcome: AttemptOutcome) -> Task.End {
    outcome.state == .success ? .done : .failed(outcome.reason?.text ?? "\(outcome.state)")
  }
}
