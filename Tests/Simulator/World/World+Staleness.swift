import Basics
import Lineage
import MeshModel
import Orchestration
import Planning
import Records

/// What operators do about stale partitions.
extension World {
  /// What the planner may ask, answered from the record.
  final class History: RunHistory {
    private let reader: StateReader
    private let codes: [DatasetName: String]
    private var states: [PipelineName: [String: RunState]] = [:]

    init(reader: StateReader, codes: [DatasetName: String]) {
      self.reader = reader
      self.codes = codes
    }

    func latestState(of pipeline: PipelineName, partition: String) -> RunState? {
      if let known = states[pipeline] { return known[partition] }
      var found: [String: RunState] = [:]
      for run in (try? reader.latestRuns(of: pipeline)) ?? [] { found[run.partition] = run.state }
      states[pipeline] = found
      return found[partition]
    }

    func stalePartitions(of dataset: DatasetName) -> [String: Reason] {
      var found: [String: Reason] = [:]
      try? reader.eachStale(of: dataset, code: codes[dataset]) { partition in
        found[partition.key] = Reason("stale", "it is stale")
        return true
      }
      return found
    }
  }

  /// Has everything made anew that is stale, of some pipelines.
  func renew(_ batch: inout [EventLoop.Message]) {
    guard let owner, owner.outage == nil, let latest = chronicle.latest, let release = releases[latest.id]
    else { return }
    let history = History(reader: owner.reader, codes: latest.codes)
    let chosen = release.graph.nodes.indices.filter { _ in chance.happens(0.7) }
    guard let ledger = try? PartitionLedger(reading: owner.reader) else { return }
    let planner = BackfillPlanner(release: release, ledger: ledger, history: history)
    let request = BackfillRequest(selection: Set(chosen), range: nil, mode: .stale)
    guard let plan = try? planner.plan(request) else { return }
    Law26.check(plan, of: Set(chosen), release.graph, chronicle, court)
    guard !plan.items.isEmpty else { return }
    tally.count(.staleBackfill)
    let runs = plan.items.map { item in
      RunRequest(
        pipeline: item.pipelineIndex, partition: item.partition, cause: .backfill, tasks: item.tasks,
        kept: item.kept)
    }
    wish(.backfill(BackfillOrder(request: "backfill --mode stale", runs: runs)), &batch)
  }

  /// Declares something stale good as it is.
  func accept(_ batch: inout [EventLoop.Message]) {
    guard let owner, owner.outage == nil, let codes = chronicle.latest?.codes else { return }
    var stale: [(DatasetName, String)] = []
    for (dataset, partitions) in chronicle.partitions.sorted(by: { $0.key < $1.key }) {
      for key in partitions.keys.sorted() where chronicle.isStale(dataset, key) {
        stale.append((dataset, key))
      }
    }
    guard let (dataset, key) = chance.pick(stale),
      let inputs = try? owner.reader.basis(of: dataset, key: key)
    else { return }
    tally.count(.acceptance)
    let reason = Reason("accepted", "by hand")
    wish(.accept(dataset, partition: key, inputs: inputs, code: codes[dataset], reason), &batch)
  }
}

extension Law26 {
  /// What is fresh is not made anew, and of what is stale nothing is left out but what is under way.
  static func check(
    _ plan: BackfillPlan, of chosen: Set<Int>, _ graph: MeshGraph, _ chronicle: Chronicle, _ court: Court
  ) {
    var planned: Set<DatasetPartitionName> = []
    for item in plan.items {
      let key = item.partition?.key ?? ""
      for task in item.tasks {
        let writes = graph.nodes[graph.firstNode[item.pipelineIndex] + task].writes
        for dataset in writes { planned.insert(DatasetPartitionName(dataset: dataset, partition: key)) }
        guard !writes.contains(where: { chronicle.isStale($0, key) }) else { continue }
        court.violations.append(
          (26, "'\(item.pipeline)@\(key)' is to be made anew, and nothing of it is stale"))
      }
    }
    for node in chosen.sorted() {
      for dataset in graph.nodes[node].writes {
        for key in (chronicle.partitions[dataset] ?? [:]).keys.sorted() where chronicle.isStale(dataset, key)
        {
          let isLive = (chronicle.lines[graph.nodes[node].name.pipeline] ?? []).contains {
            ($0.record.partition?.key ?? "") == key
          }
          let pipeline = graph.pipelines[graph.nodes[node].pipeline]
          guard !isLive, isKey(key, of: pipeline), chronicle.isWithinBounds(key, of: pipeline.name),
            !planned.contains(DatasetPartitionName(dataset: dataset, partition: key))
          else { continue }
          court.violations.append((26, "'\(dataset)@\(key)' is stale and left out"))
        }
      }
    }
  }

  /// A dataset may have been written by a pipeline of another grain before.
  private static func isKey(_ key: String, of pipeline: Pipeline) -> Bool {
    key.isEmpty == (pipeline.grain == nil)
  }
}
