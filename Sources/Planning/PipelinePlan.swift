import Basics
import Diagnostics
import Lineage
import MeshModel

/// A pipeline as the scheduler sees it: its tasks by number, who waits for whom, and what each takes.
final class PipelinePlan: Sendable {
  /// One task of the plan.
  struct Step: Sendable {
    let rule: TriggerRule
    let retry: RetryPolicy
    let timeout: Duration?
    let hasCondition: Bool
    let fanOut: FanOut?
    let allowFailure: Bool
    let isTeardown: Bool
    let dependsOnPast: Bool
    /// The pool it takes a slot of, by its place in the table of slots.
    let pool: Int?
    /// It takes the store's only writing connection.
    let writesStore: Bool
    /// It takes no slot at all: its attempts wait.
    let waitsWithoutWorker: Bool
    /// Reads whose readiness is a matter of partitions: other pipelines' datasets, and earlier partitions.
    let reads: [MeshGraph.Read]
    /// Reads of what other tasks of the run make, which those have made or not before it starts.
    let ownReads: [MeshGraph.Read]
    /// Of these what the task makes that it follows: that is not made before it starts.
    let followedReads: [MeshGraph.Read]
    /// The task whose instances it follows one for one.
    let follows: Int?
    /// Tasks that follow this one so.
    var followers: [Int] = []
  }

  /// The place of its domain in the table of slots.
  let domain: Int
  let steps: [Step]
  /// Whom a task waits for and who waits for it, `follows` left out; each once.
  let upstream: DirectedGraph
  let downstream: DirectedGraph

  /// - Parameter index: the pipeline's place in the release's graph.
  init(_ index: Int, of release: Release, slots: SlotTable) {
    let graph = release.graph
    let pipeline = graph.pipelines[index]
    let first = graph.firstNode[index]
    let names = Dictionary(
      pipeline.tasks.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    domain = slots.place(ofDomain: pipeline.name.domain)

    var pairs: [(Int, Int)] = []
    var steps: [Step] = []
    steps.reserveCapacity(pipeline.tasks.count)
    for (number, task) in pipeline.tasks.enumerated() {
      let node = graph.nodes[first + number]
      var follows: Int?
      if case .of(let name) = task.each?.source { follows = names[name.value] }
      var reads: [MeshGraph.Read] = []
      var ownReads: [MeshGraph.Read] = []
      var followedReads: [MeshGraph.Read] = []
      for read in node.reads {
        let writer = graph.datasets[read.dataset]?.writer
        if let writer, graph.nodes[writer].pipeline == index, read.terms.offset >= 0 {
          let upstream = graph.nodes[writer].task
          if upstream != number, upstream != follows { pairs.append((upstream, number)) }
          if upstream == follows { followedReads.append(read) } else { ownReads.append(read) }
        } else if writer != nil {
          reads.append(read)
        }
      }
      for name in task.after {
        if let upstream = names[name.value], upstream != follows { pairs.append((upstream, number)) }
      }
      steps.append(
        Step(
          rule: task.teardown ? .allDone : task.triggerRule, retry: task.retry, timeout: task.timeout,
          hasCondition: task.when != nil, fanOut: task.each, allowFailure: task.allowFailure,
          isTeardown: task.teardown,
          dependsOnPast: task.dependsOnPast, pool: task.pool.flatMap { slots.place(ofPool: $0) },
          writesStore: node.writesStore, waitsWithoutWorker: task.kind.waitsWithoutWorker, reads: reads,
          ownReads: ownReads, followedReads: followedReads,
          follows: follows))
    }
    for number in steps.indices {
      if let followed = steps[number].follows { steps[followed].followers.append(number) }
    }
    self.steps = steps
    downstream = DirectedGraph(nodeCount: steps.count, edges: Self.eachOnce(pairs))
    upstream = downstream.reversed()
  }

  /// The pairs sorted, without repetition: a task may read two datasets of another one and wait for it once.
  private static func eachOnce(_ pairs: [(Int, Int)]) -> [(from: Int, to: Int)] {
    var edges: [(from: Int, to: Int)] = []
    edges.reserveCapacity(pairs.count)
    for pair in pairs.sorted(by: <) {
      if let last = edges.last, last == pair { continue }
      edges.append((from: pair.0, to: pair.1))
    }
    return edges
  }
}
