import Basics
import Lineage
import MeshModel
import Timetables

/// Turns what an operator asks for into runs: a pure function of the release, the ledger and the past.
public struct BackfillPlanner {
  private let release: Release
  private let ledger: PartitionLedger
  private let history: any RunHistory
  private let calendars: [PartitionCalendar?]

  public init(release: Release, ledger: PartitionLedger, history: any RunHistory) {
    self.release = release
    self.ledger = ledger
    self.history = history
    calendars = release.graph.pipelines.map { try? PartitionCalendar(for: $0) }
  }

  /// Plans the request; throws when its range cannot be understood.
  public func plan(_ request: BackfillRequest) throws(BackfillPlanError) -> BackfillPlan {
    var draft = Draft(nodes: chosenNodes(request))
    for (pipeline, _) in draft.tasks.sorted(by: { $0.key < $1.key }) where draft.isAsked(pipeline) {
      for partition in try partitions(of: pipeline, request, &draft) {
        let why = partition == nil ? "it was asked for" : "it is in the range"
        demand(pipeline, partition, request, Reason("asked", why), &draft)
      }
    }
    addUpstream(request, &draft)
    if request.backwards { try checkBackwards(draft) }
    let order = topologicalOrder(draft, backwards: request.backwards)
    // What has effects outside is told before everything else.
    let external = draft.omissions.filter { $0.reason.code == "external" }
    let others = draft.omissions.filter { $0.reason.code != "external" }
    return BackfillPlan(
      items: order.map { draft.items[$0] }, omissions: external + others, stays: draft.stays)
  }

  /// Who needs the partition before to have succeeded cannot be made from the newest on.
  private func checkBackwards(_ draft: Draft) throws(BackfillPlanError) {
    for item in draft.items {
      let pipeline = release.graph.pipelines[item.pipelineIndex]
      guard let task = item.tasks.first(where: { pipeline.tasks[$0].dependsOnPast }) else { continue }
      throw BackfillPlanError(
        message: "'\(pipeline.name).\(pipeline.tasks[task].name)' depends on the partition before it",
        help: "leave --backwards out, or exclude it: --exclude \(pipeline.name)")
    }
  }

  /// A plan in the making.
  private struct Draft {
    /// For each pipeline the tasks that may run, and whether it was asked for or is only read.
    var tasks: [Int: Set<Int>]
    var asked: Set<Int>
    var items: [BackfillPlan.Item] = []
    var placeOfItem: [PipelinePartition: Int] = [:]
    var seen: Set<PipelinePartition> = []
    var omissions: [BackfillPlan.Omission] = []
    var stays: [BackfillPlan.Standing] = []
    /// Items by number: who must come before whom.
    var edges: [(from: Int, to: Int)] = []

    init(nodes: (tasks: [Int: Set<Int>], asked: Set<Int>)) {
      tasks = nodes.tasks
      asked = nodes.asked
    }

    func isAsked(_ pipeline: Int) -> Bool { asked.contains(pipeline) }
  }

  /// The tasks that may run, by pipeline: the selection and its closures, less what is excluded.
  private func chosenNodes(_ request: BackfillRequest) -> (tasks: [Int: Set<Int>], asked: Set<Int>) {
    let graph = release.graph
    var asked = request.selection
    if request.downstream { asked.formUnion(closure(of: asked, forward: true)) }
    var chosen = asked
    if request.upstream { chosen.formUnion(closure(of: asked, forward: false)) }
    chosen.subtract(request.excluded)
    asked.subtract(request.excluded)
    var tasks: [Int: Set<Int>] = [:]
    for node in chosen { tasks[graph.nodes[node].pipeline, default: []].insert(graph.nodes[node].task) }
    return (tasks, Set(asked.map { graph.nodes[$0].pipeline }))
  }

  private func closure(of nodes: Set<Int>, forward: Bool) -> Set<Int> {
    let pairs = release.graph.edges.map { forward ? (from: $0.from, to: $0.to) : (from: $0.to, to: $0.from) }
    let neighbours = DirectedGraph(nodeCount: release.graph.nodes.count, edges: pairs)
    var reached = nodes
    var open = Array(nodes)
    while let node = open.popLast() {
      for next in neighbours.successors(of: node) where reached.insert(next).inserted { open.append(next) }
    }
    return reached
  }

  /// The partitions of a pipeline that lie wholly within the range and within its own bounds.
  private func partitions(
    of pipeline: Int, _ request: BackfillRequest, _ draft: inout Draft
  ) throws(BackfillPlanError) -> [PartitionInterval?] {
    let declared = release.graph.pipelines[pipeline]
    guard let calendar = calendars[pipeline] else { return [nil] }
    if request.range == nil, request.mode == .stale {
      let keys = Set((draft.tasks[pipeline] ?? []).flatMap { stale(pipeline, $0).keys }).sorted()
      return keys.compactMap { try? calendar.partition(key: $0) }.filter { partition in
        isWithin(partition, declared, calendar, &draft)
      }
    }
    guard let range = request.range else {
      throw BackfillPlanError(
        message: "'\(declared.name)' has partitions, and the range is not given",
        help: "say which with --from KEY --to KEY, for example --from 2013-01-01 --to 2013-01-31")
    }
    let start = try interval(of: range.from, calendar.zone).start
    let end = try interval(of: range.to, calendar.zone).end
    guard start < end else {
      throw BackfillPlanError(
        message: "the range ends before it begins: '\(range.from)' to '\(range.to)'",
        help: "swap --from and --to")
    }
    var wanted: [PartitionInterval] = []
    for partition in calendar.covering(start: start, end: end) {
      guard partition.start >= start && partition.end <= end else {
        let reason = Reason("cut", "it does not lie wholly within the range")
        draft.omissions.append(
          .init(pipeline: declared.name, partition: partition.key, task: nil, reason: reason))
        continue
      }
      if isWithin(partition, declared, calendar, &draft) { wanted.append(partition) }
    }
    return wanted
  }

  /// Notes that a partition is left out where it lies outside the pipeline's bounds.
  private func isWithin(
    _ partition: PartitionInterval, _ declared: Pipeline, _ calendar: PartitionCalendar, _ draft: inout Draft
  ) -> Bool {
    if calendar.isWithin(partition, start: declared.start, end: declared.end) { return true }
    let reason = Reason("out_of_bounds", "it lies outside the pipeline's start and end")
    draft.omissions.append(
      .init(pipeline: declared.name, partition: partition.key, task: nil, reason: reason))
    return false
  }

  private func interval(of key: String, _ zone: Zone) throws(BackfillPlanError) -> PartitionInterval {
    guard let grain = Grain(ofKey: key) else {
      throw BackfillPlanError(
        message: "'\(key)' is no partition key",
        help: "write a year 2013, month 2013-01, week 2013-W05, day 2013-01-31 or hour 2013-01-31T05:00")
    }
    do {
      return try PartitionCalendar(grain: grain, zone: zone).partition(key: key)
    } catch {
      throw BackfillPlanError(message: error.message, help: error.help)
    }
  }

  /// Adds the partition if the mode asks for it.
  private func demand(
    _ pipeline: Int, _ partition: PartitionInterval?, _ request: BackfillRequest, _ reason: Reason,
    _ draft: inout Draft
  ) {
    let place = PipelinePartition(pipeline: pipeline, key: partition?.key ?? "")
    guard draft.seen.insert(place).inserted, let chosen = draft.tasks[pipeline] else { return }
    let name = release.graph.pipelines[pipeline].name
    let tasks = release.graph.pipelines[pipeline].tasks
    var wanted: [Int] = []
    for task in chosen.sorted() {
      if tasks[task].external, !request.external {
        draft.omissions.append(
          .init(
            pipeline: name, partition: place.key, task: tasks[task].name,
            reason: Reason("external", "it has effects outside; --external runs it")))
      } else {
        wanted.append(task)
      }
    }
    guard !wanted.isEmpty else { return }
    let standing = wanted.filter { stands(pipeline, $0, place.key) }
    let last = history.latestState(of: name, partition: place.key)
    if let last, !last.isFinal {
      draft.omissions.append(
        .init(
          pipeline: name, partition: partition?.key, task: nil,
          reason: Reason("under_way", "a run that is not final makes it already")))
      return
    }
    let isGood = isGood(pipeline, wanted, place.key, last)
    let staying = BackfillPlan.Standing(pipeline: name, partition: partition?.key, isGood: isGood)
    if request.mode == .stale {
      if !renew(wanted, of: place, partition, &draft) { draft.stays.append(staying) }
      return
    }
    switch request.mode {
    case .all: break
    case .missing where isGood, .missingAndFailed where isGood && last != .failed,
      .failed where last != .failed:
      draft.stays.append(staying)
      return
    case .missing, .failed, .missingAndFailed, .stale: break
    }
    let kept = request.mode == .all ? [] : standing
    let run = wanted.filter { !kept.contains($0) }
    guard !run.isEmpty else {
      draft.stays.append(staying)
      return
    }
    draft.placeOfItem[place] = draft.items.count
    draft.items.append(
      .init(
        pipeline: name, pipelineIndex: pipeline, partition: partition, tasks: run, kept: kept,
        replacesGood: request.mode == .all && isGood, reason: reason, isRepeated: last != nil))
  }

  /// Adds those tasks of a partition whose datasets are stale; false: none is.
  private func renew(
    _ tasks: [Int], of place: PipelinePartition, _ partition: PartitionInterval?, _ draft: inout Draft
  ) -> Bool {
    let name = release.graph.pipelines[place.pipeline].name
    let reasons = tasks.map { task in stale(place.pipeline, task)[place.key] }
    guard let reason = reasons.lazy.compactMap(\.self).first else { return false }
    let renewed = zip(tasks, reasons).filter { $1 != nil }.map(\.0)
    draft.placeOfItem[place] = draft.items.count
    draft.items.append(
      .init(
        pipeline: name, pipelineIndex: place.pipeline, partition: partition, tasks: renewed,
        kept: tasks.filter { !renewed.contains($0) && stands(place.pipeline, $0, place.key) },
        replacesGood: false, reason: reason, isRepeated: true))
    return true
  }

  /// The stale partitions of what a task writes.
  private func stale(_ pipeline: Int, _ task: Int) -> [String: Reason] {
    let writes = release.graph.nodes[release.graph.firstNode[pipeline] + task].writes
    return writes.reduce(into: [:]) { found, dataset in
      found.merge(history.stalePartitions(of: dataset)) { first, _ in first }
    }
  }

  /// Whether everything that a task writes is there.
  private func stands(_ pipeline: Int, _ task: Int, _ key: String) -> Bool {
    let writes = release.graph.nodes[release.graph.firstNode[pipeline] + task].writes
    return !writes.isEmpty && writes.allSatisfy { ledger.contains($0, key) }
  }

  /// Whether no dataset of these tasks lacks the partition. Tasks without datasets ask for a run that
  /// succeeded.
  private func isGood(_ pipeline: Int, _ tasks: [Int], _ key: String, _ last: RunState?) -> Bool {
    let first = release.graph.firstNode[pipeline]
    let writers = tasks.filter { !release.graph.nodes[first + $0].writes.isEmpty }
    if writers.isEmpty { return last == .success }
    return writers.allSatisfy { stands(pipeline, $0, key) }
  }

  /// Goes up from every item to the partitions that it reads, adds those that are wanted, and notes who comes
  /// before whom.
  private func addUpstream(_ request: BackfillRequest, _ draft: inout Draft) {
    let required = RequiredPartitions(release: release, calendars: calendars)
    /// Items that take all there is of what a pipeline makes.
    var takers: [(item: Int, producer: Int)] = []
    var next = 0
    while next < draft.items.count {
      let item = draft.items[next]
      for task in item.tasks {
        let node = release.graph.nodes[release.graph.firstNode[item.pipelineIndex] + task]
        for read in node.reads {
          guard let writer = release.graph.datasets[read.dataset]?.writer else { continue }
          let producer = release.graph.nodes[writer].pipeline
          if producer == item.pipelineIndex, read.terms.offset >= 0 { continue }
          guard
            let keys = required.partitions(of: read, by: item.partition, reader: item.pipelineIndex)
          else {
            takers.append((next, producer))
            continue
          }
          for key in keys {
            if request.upstream { demandProducer(producer, key, by: item, request, &draft) }
            if let place = draft.placeOfItem[PipelinePartition(pipeline: producer, key: key)], place != next {
              draft.edges.append((from: place, to: next))
            }
          }
        }
      }
      next += 1
    }
    // Only now is all known that the plan makes.
    let made = Dictionary(grouping: draft.items.indices) { draft.items[$0].pipelineIndex }
    for taker in takers {
      for item in made[taker.producer] ?? [] where item != taker.item {
        draft.edges.append((from: item, to: taker.item))
      }
    }
  }

  private func demandProducer(
    _ producer: Int, _ key: String, by item: BackfillPlan.Item, _ request: BackfillRequest,
    _ draft: inout Draft
  ) {
    guard draft.tasks[producer] != nil else { return }
    let reader = item.partition.map { "\(item.pipeline)@\($0.key)" } ?? "\(item.pipeline)"
    let reason = Reason("read", "'\(reader)' reads it")
    guard let calendar = calendars[producer] else {
      return demand(producer, nil, request, reason, &draft)
    }
    let declared = release.graph.pipelines[producer]
    guard let partition = try? calendar.partition(key: key),
      calendar.isWithin(partition, start: declared.start, end: declared.end)
    else { return }
    demand(producer, partition, request, reason, &draft)
  }

  /// Writers before readers; among those that may go, what ends first, or last, then the order of names.
  private func topologicalOrder(_ draft: Draft, backwards: Bool) -> [Int] {
    let after = DirectedGraph(nodeCount: draft.items.count, edges: draft.edges)
    var pending = Array(repeating: 0, count: draft.items.count)
    for item in draft.items.indices { for next in after.successors(of: item) { pending[next] += 1 } }
    var ready = Heap<Place>()
    for item in draft.items.indices where pending[item] == 0 {
      ready.insert(Place(draft.items[item], item, backwards: backwards))
    }
    var order: [Int] = []
    order.reserveCapacity(draft.items.count)
    while let place = ready.popFirst() {
      order.append(place.item)
      for next in after.successors(of: place.item) {
        pending[next] -= 1
        if pending[next] == 0 { ready.insert(Place(draft.items[next], next, backwards: backwards)) }
      }
    }
    // Pipelines that read each other's earlier partitions may stand in a circle of pipelines, never of
    // partitions.
    if order.count < draft.items.count { order += draft.items.indices.filter { pending[$0] > 0 } }
    return order
  }

  private struct Place: Comparable {
    /// Milliseconds, turned round where the newest go first.
    let end: Int64
    let pipeline: Int
    let item: Int

    init(_ planned: BackfillPlan.Item, _ item: Int, backwards: Bool) {
      let end = planned.partition?.end.milliseconds
      self.end = end.map { backwards ? ~$0 : $0 } ?? .min
      pipeline = planned.pipelineIndex
      self.item = item
    }

    static func < (left: Place, right: Place) -> Bool {
      (left.end, left.pipeline, left.item) < (right.end, right.pipeline, right.item)
    }
  }
}

/// A partition of a pipeline of the release; the key is empty for a pipeline without partitions.
private struct PipelinePartition: Hashable, Sendable {
  var pipeline: Int
  var key: String
}
