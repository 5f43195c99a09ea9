import Basics
import Lineage
import MeshModel
import Planning
import Records

/// The record with what a forecast foresees on top of it, in memory: what making later runs asks for.
final class ForeseenPast: PastRuns {
  /// A run that is live now, or foreseen.
  private struct Run {
    var record: RunRecord
    /// For its tasks that have begun: which of their instances succeeded.
    var instances: [InstanceID: Bool] = [:]
    /// What its attempts were told to read, and what those read that succeeded.
    var told: [InstanceID: [InputVersion]] = [:]
    var inputs: Set<InputVersion> = []
  }

  /// The partitions of a dataset that were published in the forecast.
  private struct Publications {
    /// Ascending; those that were published again later are among them too.
    var all: [PublishedPartition] = []
    /// The number that each partition has now.
    var current: [String: Int64] = [:]
  }

  private let reader: StateReader?
  private let releases: [ReleaseID: Release]
  /// Later runs are foreseen.
  private var lastRecorded: RunID = 0
  private var runs: [RunID: Run] = [:]
  /// Final runs that nobody will ask about.
  private var over: [RunID] = []
  private var standings: [PipelineName: [String: RunStanding]] = [:]
  /// What became of tasks, by pipeline, partition and name: in the latest run that they were part of.
  private var outcomes: [PipelineName: [String: [String: (run: RunID, succeeded: Bool)]]] = [:]
  /// When the earliest partition begins that a run was made for.
  private var earliest: [PipelineName: Instant] = [:]
  private var published: [DatasetName: Publications] = [:]
  private var arrivals: [PipelineName: [String: Int64]] = [:]
  private var backfills: [BackfillID: Bool] = [:]

  /// - Parameters:
  ///   - unfinished: the runs that are live now.
  ///   - releases: those that they, and later ones, are made from.
  init(_ reader: StateReader?, unfinished: [UnfinishedRun], releases: [Release]) {
    self.reader = reader
    self.releases = Dictionary(releases.map { ($0.id, $0) }) { first, _ in first }
    for run in unfinished {
      runs[run.record.id] = Run(record: run.record)
      guard isAskedAbout(run.record) else { continue }
      for instance in run.instances {
        take(instance.id, instance.state == .success)
        runs[run.record.id]?.told[instance.id] = instance.inputs
      }
    }
    lastRecorded = unfinished.last?.record.id ?? 0
  }

  /// The run of a number, live now or foreseen.
  func record(of run: RunID) -> RunRecord? { runs[run]?.record }

  /// The release of a run, and its pipeline's place there.
  func pipeline(of record: RunRecord) -> (release: Release, place: Int)? {
    guard let release = releases[record.release], let place = release.graph.index(of: record.pipeline) else {
      return nil
    }
    return (release, place)
  }

  /// Whether anybody will ask how its tasks went: otherwise that is not kept.
  private func isAskedAbout(_ record: RunRecord) -> Bool {
    guard let (release, place) = pipeline(of: record) else { return false }
    let pipeline = release.graph.pipelines[place]
    return pipeline.dataTrigger?.refresh == .auto || pipeline.tasks.contains(where: \.dependsOnPast)
  }

  /// Takes in what was decided.
  func take(_ changes: [Change]) {
    for run in over { runs[run] = nil }
    over = []
    for change in changes {
      switch change {
      case .runCreated(let record): create(record)
      case .runStarted(let run, _): stand(run, .running)
      case .runFinished(let run, let state, _, _): finish(run, state)
      case .instanceQueued(let instance, _, _): take(instance, false)
      case .attemptStarted(let attempt, _, let inputs, _):
        take(attempt.instance, false)
        runs[attempt.instance.run]?.told[attempt.instance] = inputs
      case .attemptDeferred(let attempt, _, _, _): take(attempt.instance, false)
      case .attemptEnded(let attempt, let outcome, let state, _, _):
        take(attempt.instance, state == .success)
        let told = runs[attempt.instance.run]?.told.removeValue(forKey: attempt.instance)
        guard outcome.state == .success else { continue }
        runs[attempt.instance.run]?.inputs.formUnion(outcome.inputs ?? told ?? [])
      case .instanceFinished(let instance, let state, _, _): take(instance, state == .success)
      case .materialized(let record):
        publish(record.id, record.dataset, record.partition, version: record.id, record.content)
      case .coveredAsSkipped(let dataset, let partition, _, let number?, _):
        publish(number, dataset, partition, version: 0, nil)
      case .arrived(let arrival):
        arrivals[arrival.pipeline, default: [:]][arrival.partition?.key ?? ""] = arrival.number
      case .backfillCreated(let record): backfills[record.id] = true
      case .backfillFinished(let id, _, _): backfills[id] = false
      default: continue
      }
    }
  }

  private func create(_ record: RunRecord) {
    runs[record.id] = Run(record: record)
    stand(record.id, .queued)
    guard let start = record.partition?.start else { return }
    earliest[record.pipeline] = min(earliest[record.pipeline] ?? start, start)
  }

  private func stand(_ run: RunID, _ state: RunState) {
    guard let record = runs[run]?.record else { return }
    let key = record.partition?.key ?? ""
    // The latest run of a partition is the one of the highest number, whichever ends last.
    if let known = standings[record.pipeline]?[key], known.run > run { return }
    if run <= lastRecorded, standings[record.pipeline]?[key] == nil,
      let known = try? reader?.standing(of: record.pipeline, partition: key), known.run > run
    {
      return
    }
    standings[record.pipeline, default: [:]][key] = RunStanding(
      run: run, state: state, backfill: record.backfill)
  }

  private func finish(_ run: RunID, _ state: RunState) {
    stand(run, state)
    if let record = runs[run]?.record, !isAskedAbout(record) { over.append(run) }
  }

  private func take(_ instance: InstanceID, _ succeeded: Bool) {
    guard let record = runs[instance.run]?.record, isAskedAbout(record), let partition = record.partition,
      let (release, place) = pipeline(of: record),
      release.graph.pipelines[place].tasks.indices.contains(instance.task)
    else { return }
    runs[instance.run]?.instances[instance] = succeeded
    let name = release.graph.pipelines[place].tasks[instance.task].name
    if let known = outcomes[record.pipeline]?[partition.key]?[name], known.run > instance.run { return }
    let isWhole =
      succeeded
      && (runs[instance.run]?.instances ?? [:]).allSatisfy { $0.key.task != instance.task || $0.value }
    outcomes[record.pipeline, default: [:]][partition.key, default: [:]][name] = (instance.run, isWhole)
  }

  private func publish(
    _ number: Int64, _ dataset: DatasetName, _ partition: PartitionInterval?, version: Int64,
    _ content: Int64?
  ) {
    let key = partition?.key ?? ""
    published[dataset, default: Publications()].all.append(
      PublishedPartition(
        number: number, dataset: dataset, partition: key, version: version, content: content))
    published[dataset]?.current[key] = number
  }

  func standing(of pipeline: PipelineName, partition: String?) throws(RecordsError) -> RunStanding? {
    if let known = standings[pipeline]?[partition ?? ""] { return known }
    return try reader?.standing(of: pipeline, partition: partition)
  }

  func succeededTasks(of pipeline: PipelineName, partition: String) throws(RecordsError) -> Set<String>? {
    let recorded = try reader?.succeededTasks(of: pipeline, partition: partition)
    let foreseen = outcomes[pipeline]?[partition] ?? [:]
    guard recorded != nil || standings[pipeline]?[partition] != nil else { return nil }
    var names = recorded ?? []
    for (name, outcome) in foreseen {
      if outcome.succeeded { names.insert(name) } else { names.remove(name) }
    }
    return names
  }

  func hasRuns(of pipeline: PipelineName, before moment: Instant) throws(RecordsError) -> Bool {
    if let earliest = earliest[pipeline], earliest < moment { return true }
    return try reader?.hasRuns(of: pipeline, before: moment) ?? false
  }

  func outputs(of pipeline: PipelineName, partition: String?) throws(RecordsError) -> [String: [String?]] {
    try reader?.outputs(of: pipeline, partition: partition) ?? [:]
  }

  func publications(
    of datasets: [DatasetName], after number: Int64, limit: Int
  ) throws(RecordsError) -> [PublishedPartition] {
    var found: [PublishedPartition] = []
    var page: [PublishedPartition] = []
    repeat {
      page =
        try reader?.publications(of: datasets, after: page.last?.number ?? number, limit: limit) ?? []
      found += page.filter { published[$0.dataset]?.current[$0.partition] == nil }
    } while page.count == limit && found.count < limit
    for dataset in datasets {
      guard let foreseen = published[dataset] else { continue }
      for partition in foreseen.all.reversed() {
        if partition.number <= number { break }
        if foreseen.current[partition.partition] == partition.number { found.append(partition) }
      }
    }
    return Array(found.sorted { $0.number < $1.number }.prefix(limit))
  }

  func lastArrival(of pipeline: PipelineName, partition: String) throws(RecordsError) -> Int64? {
    if let known = arrivals[pipeline]?[partition] { return known }
    return try reader?.lastArrival(of: pipeline, partition: partition)
  }

  func inputs(of run: RunID) throws(RecordsError) -> Set<InputVersion> {
    (runs[run]?.inputs ?? []).union(try reader?.inputs(of: run) ?? [])
  }

  func isRunning(_ backfill: BackfillID) throws(RecordsError) -> Bool {
    if let known = backfills[backfill] { return known }
    return try reader?.isRunning(backfill) ?? false
  }

  func runDetail(_ run: RunID) throws(RecordsError) -> RunDetail? { try reader?.runDetail(run) }
}
