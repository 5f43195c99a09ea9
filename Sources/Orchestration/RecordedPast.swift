import MeshModel
import Planning
import Records

/// What the record tells the planner of earlier runs, read once for each pipeline that is asked about.
final class RecordedPast: RunHistory {
  private let reader: StateReader?
  private let staleness: Staleness?
  private var states: [PipelineName: [String: RunState]] = [:]
  private var stale: [DatasetName: [String: Reason]] = [:]
  /// The first reading that failed; the answers after it are of no use.
  private(set) var failure: RecordsError?

  /// - Parameter reader: nil: there is no record yet.
  init(_ reader: StateReader?, of project: CheckedProject) {
    self.reader = reader
    staleness = reader.map { Staleness(project, reader: $0) }
  }

  func stalePartitions(of dataset: DatasetName) -> [String: Reason] {
    if let known = stale[dataset] { return known }
    var found: [String: Reason] = [:]
    do {
      try staleness?.eachStale(of: dataset) { partition in
        found[partition.key] = partition.reason()
        return true
      }
    } catch {
      failure = failure ?? error
    }
    stale[dataset] = found
    return found
  }

  func latestState(of pipeline: PipelineName, partition: String) -> RunState? {
    if let known = states[pipeline] { return known[partition] }
    var found: [String: RunState] = [:]
    do {
      for run in try reader?.latestRuns(of: pipeline) ?? [] { found[run.partition] = run.state }
    } catch {
      failure = failure ?? error
    }
    states[pipeline] = found
    return found[partition]
  }
}

extension PartitionLedger {
  /// What the record says is there.
  package init(reading reader: StateReader) throws(RecordsError) {
    self.init()
    var current: (dataset: DatasetName, partitions: RecordedPartitions)?
    try reader.eachPublished { dataset in
      if let current { load(current.dataset, current.partitions) }
      current = (dataset, RecordedPartitions())
    } partition: { key, version, content, run, at in
      current?.partitions.append(key: key, version: version ?? 0, content: content, at: at, run: run)
    }
    if let current { load(current.dataset, current.partitions) }
  }
}
