import Basics
import Lineage
import MeshModel
import Planning

/// What a request for a backfill comes to, worked out from the chronicle and the declarations alone.
struct PlannedWork: Equatable {
  struct Place: Hashable, Comparable, CustomStringConvertible {
    var pipeline: PipelineName
    /// Empty: the pipeline has no partitions.
    var key: String

    var description: String { "'\(pipeline)@\(key)'" }

    static func < (left: Place, right: Place) -> Bool {
      (left.pipeline, left.key) < (right.pipeline, right.key)
    }
  }

  struct Work: Equatable {
    var tasks: [Int]
    var kept: [Int]
    var replacesGood: Bool
  }

  /// Whoever makes something of the plan that another of it reads.
  struct Order: Hashable {
    var writer: Place
    var reader: Place
  }

  private(set) var works: [Place: Work] = [:]
  private(set) var orders: Set<Order> = []
  /// Left out, for a run that is not final makes them already.
  private(set) var underWay: Set<Place> = []
  /// Left as they are, and whether all of them is there.
  private(set) var standing: [Place: Bool] = [:]

  /// - Parameter chronicle: it knows a release, which is the graph's.
  init(_ request: BackfillRequest, _ graph: MeshGraph, _ chronicle: Chronicle) {
    guard let release = chronicle.latest else { return }
    var maker = Maker(request, graph, release, chronicle)
    maker.work()
    works = maker.works
    orders = maker.orders
    underWay = maker.underWay
    standing = maker.standing
  }
}

extension Chronicle {
  /// Whether the pipeline, as it is now, has the partition.
  func isWithinBounds(_ key: String, of pipeline: PipelineName) -> Bool {
    guard let facts = latest?.pipelines[pipeline], let grain = facts.pipeline.grain else { return true }
    return Readiness.interval(ofKey: key, grain).map(facts.isWithin) ?? false
  }
}

private struct Maker {
  typealias Place = PlannedWork.Place

  let request: BackfillRequest
  let release: ReleaseFacts
  let chronicle: Chronicle
  /// The tasks that may run, by pipeline.
  private var chosen: [PipelineName: [Int]] = [:]
  private var asked: Set<PipelineName> = []
  /// The latest run of each partition that is final, and its state.
  private var latest: [Place: (run: RunID, state: RunState)] = [:]
  /// Those with work, in the order in which they were found.
  private var found: [Place] = []
  var works: [Place: PlannedWork.Work] = [:]
  var orders: Set<PlannedWork.Order> = []
  var underWay: Set<Place> = []
  var standing: [Place: Bool] = [:]

  init(_ request: BackfillRequest, _ graph: MeshGraph, _ release: ReleaseFacts, _ chronicle: Chronicle) {
    self.request = request
    self.release = release
    self.chronicle = chronicle
    var nodes = request.selection
    if request.downstream { nodes = Self.closure(nodes, graph.edges.map { ($0.from, $0.to) }) }
    asked = Set(nodes.map { graph.nodes[$0].name.pipeline })
    if request.upstream { nodes = Self.closure(nodes, graph.edges.map { ($0.to, $0.from) }) }
    for node in nodes.sorted().map({ graph.nodes[$0] }) {
      chosen[node.name.pipeline, default: []].append(node.task)
    }
    for (id, run) in chronicle.finalRuns {
      let place = Place(pipeline: run.record.pipeline, key: run.record.partition?.key ?? "")
      if id > latest[place]?.run ?? 0 { latest[place] = (id, run.state) }
    }
  }

  private static func closure(_ nodes: Set<Int>, _ edges: [(from: Int, to: Int)]) -> Set<Int> {
    var reached = nodes
    while true {
      let more = edges.filter { reached.contains($0.from) && !reached.contains($0.to) }.map(\.to)
      if more.isEmpty { return reached }
      reached.formUnion(more)
    }
  }

  mutating func work() {
    for pipeline in asked.sorted() {
      for partition in partitions(of: pipeline) { demand(pipeline, partition) }
    }
    var next = 0
    while request.upstream, next < found.count {
      eachInput(of: found[next]) { maker, writer, key in maker.demand(writer, key) }
      next += 1
    }
    let made = Dictionary(grouping: found, by: \.pipeline).mapValues { $0.map(\.key) }
    for place in found {
      eachInput(of: place) { maker, writer, key in
        for key in key.map({ [$0] }) ?? made[writer] ?? [] {
          let input = Place(pipeline: writer, key: key)
          if maker.works[input] != nil, input != place {
            maker.orders.insert(PlannedWork.Order(writer: input, reader: place))
          }
        }
      }
    }
  }

  /// The partitions in the range, or all that are stale where there is none.
  private func partitions(of pipeline: PipelineName) -> [String] {
    guard let facts = release.pipelines[pipeline], let grain = facts.pipeline.grain else { return [""] }
    guard let range = request.range else {
      let stale = (chosen[pipeline] ?? []).flatMap { facts.tasks[$0].writes }.flatMap { dataset in
        (chronicle.partitions[dataset] ?? [:]).keys.filter { chronicle.isStale(dataset, $0) }
      }
      return Set(stale).filter { !$0.isEmpty }.sorted()
    }
    guard let first = Readiness.interval(ofKey: range.from, .daily),
      let last = Readiness.interval(ofKey: range.to, .daily)
    else { return [] }
    let step = Readiness.length(grain)
    return stride(from: first.start.seconds, to: last.end.seconds, by: Int(step)).map { at in
      Readiness.interval(at, grain)
    }
    .filter(facts.isWithin).map(\.key)
  }

  /// Everything that the work of a place reads of another: who writes it, and the key, nil where it takes
  /// what is there.
  private mutating func eachInput(
    of place: Place, _ body: (inout Maker, PipelineName, String?) -> Void
  ) {
    guard let facts = release.pipelines[place.pipeline], let work = works[place] else { return }
    let own = facts.pipeline.grain.flatMap { Readiness.interval(ofKey: place.key, $0) }
    for read in work.tasks.flatMap({ facts.tasks[$0].reads }) {
      guard let writer = release.writers[read.dataset]?.pipeline,
        let producer = release.pipelines[writer]?.pipeline
      else { continue }
      guard
        let keys = Readiness.required(read, by: own, facts.pipeline.grain, producer: producer.grain)
      else {
        body(&self, writer, nil)
        continue
      }
      for key in keys { body(&self, writer, key) }
    }
  }

  private mutating func demand(_ pipeline: PipelineName, _ key: String?) {
    guard let key, let facts = release.pipelines[pipeline], let tasks = chosen[pipeline] else { return }
    let place = Place(pipeline: pipeline, key: key)
    if works[place] != nil || underWay.contains(place) || standing[place] != nil { return }
    guard chronicle.isWithinBounds(key, of: pipeline) else { return }
    let isLive = (chronicle.lines[pipeline] ?? []).contains { ($0.record.partition?.key ?? "") == key }
    if isLive {
      return _ = underWay.insert(place)
    }
    let chosen = tasks.map { (place: $0, facts: facts.tasks[$0]) }
    if let work = work(place, chosen) {
      works[place] = work
      found.append(place)
    } else {
      standing[place] = isGood(place, chosen)
    }
  }

  /// Those of the tasks whose datasets are there.
  private func complete(_ place: Place, _ tasks: [(place: Int, facts: TaskFacts)]) -> [Int] {
    func stands(_ dataset: DatasetName) -> Bool { chronicle.partitions[dataset]?[place.key] != nil }
    return tasks.filter { !$0.facts.writes.isEmpty && $0.facts.writes.allSatisfy(stands) }.map(\.place)
  }

  /// All datasets of the tasks are there; of tasks without any, they succeeded.
  private func isGood(_ place: Place, _ tasks: [(place: Int, facts: TaskFacts)]) -> Bool {
    let writers = tasks.count { !$0.facts.writes.isEmpty }
    return writers == 0 ? latest[place]?.state == .success : complete(place, tasks).count == writers
  }

  /// What the mode asks for; nil: nothing.
  private func work(_ place: Place, _ tasks: [(place: Int, facts: TaskFacts)]) -> PlannedWork.Work? {
    let writers = tasks.filter { !$0.facts.writes.isEmpty }
    let complete = complete(place, tasks)
    let last = latest[place]?.state
    let isGood = isGood(place, tasks)
    let isWanted: Bool
    var run = tasks.map(\.place).filter { !complete.contains($0) }
    switch request.mode {
    case .all:
      return PlannedWork.Work(tasks: tasks.map(\.place), kept: [], replacesGood: isGood)
    case .stale:
      run = writers.filter { $0.facts.writes.contains { chronicle.isStale($0, place.key) } }.map(\.place)
      isWanted = true
    case .missing: isWanted = !isGood
    case .failed: isWanted = last == .failed
    case .missingAndFailed: isWanted = !isGood || last == .failed
    }
    guard isWanted, !run.isEmpty else { return nil }
    return PlannedWork.Work(tasks: run, kept: complete.filter { !run.contains($0) }, replacesGood: false)
  }
}
