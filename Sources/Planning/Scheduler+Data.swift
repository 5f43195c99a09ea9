import Basics
import Lineage
import MeshModel
import Timetables

/// Whether the data is there that a task reads from other pipelines and earlier partitions, and what it
/// leaves.
extension Scheduler {
  enum Readiness {
    case ready([InputVersion])
    /// The run will make it, or end without it. Where a dataset is named, nothing of it is there, and
    /// whatever makes some of it first will do.
    case waitingFor(RunID, or: DatasetName? = nil)
    /// The pipelines of that name may make it.
    case waitingForData(DatasetName, line: Int)
    case impossible(Reason)
  }

  func dataReadiness(_ slot: Int, _ task: Int) -> Readiness {
    guard let run = runs[slot], let plan = pipelines[run.pipeline].plan else { return .ready([]) }
    let step = plan.steps[task]
    if step.dependsOnPast {
      switch pastReadiness(run, task) {
      case .ready: break
      case let other: return other
      }
    }
    var inputs: [InputVersion] = []
    for read in step.reads {
      switch readiness(of: read, for: run) {
      case .ready(let versions): inputs += versions
      case let other: return other
      }
    }
    for read in step.ownReads { inputs += versions(of: read, for: run) }
    return .ready(inputs)
  }

  /// What is there of the partitions that a task reads of those of its own pipeline.
  func versions(of read: MeshGraph.Read, for run: LiveRun) -> [InputVersion] {
    let known = release(of: run.pipeline)
    let keys = RequiredPartitions(release: known.release, calendars: known.calendars)
      .partitions(of: read, by: run.facts.record.partition, reader: pipelines[run.pipeline].index)
    return (keys ?? []).map { version(of: read.dataset, $0) }
  }

  private func version(of dataset: DatasetName, _ key: String) -> InputVersion {
    let entry = ledger.entry(dataset, key)
    return InputVersion(
      dataset: dataset, partition: key, version: entry?.version ?? 0, content: entry?.content)
  }

  func pastReadiness(_ run: LiveRun, _ task: Int) -> Readiness {
    let pipeline = pipeline(run.pipeline)
    guard let partition = run.facts.record.partition, let calendar = calendar(of: run.pipeline),
      let before = calendar.previous(before: partition),
      calendar.isWithin(before, start: pipeline.start, end: pipeline.end)
    else { return .ready([]) }
    let line = pipelines[run.pipeline].line
    if let live = lines[line].liveRuns[before.key]?.first(where: { $0 < run.id }) {
      return .waitingFor(live)
    }
    let name = pipeline.tasks[task].name
    let failure = Reason(
      "depends_on_past", "'\(name)' has not succeeded for the partition before, \(before.key)")
    if let succeeded = taskSuccesses[LinePartition(line: line, key: before.key)]?[name] {
      return succeeded ? .ready([]) : .impossible(failure)
    }
    switch run.facts.past {
    case .none:
      // An earlier partition may have been run since, and then this one is the first no more.
      let isFirst = lines[line].earliest.map { $0 >= partition.start } ?? true
      return isFirst ? .ready([]) : .impossible(failure)
    case .missing: return .impossible(failure)
    case .succeeded(let tasks): return tasks.contains(task) ? .ready([]) : .impossible(failure)
    }
  }

  func readiness(of read: MeshGraph.Read, for run: LiveRun) -> Readiness {
    let known = release(of: run.pipeline)
    guard let writer = known.release.graph.datasets[read.dataset]?.writer else { return .ready([]) }
    let producer = pipelines[known.firstPipeline + known.release.graph.nodes[writer].pipeline].line
    if let oldest = read.terms.freshness { return freshness(read, oldest, producer: producer, run) }
    let required = RequiredPartitions(release: known.release, calendars: known.calendars)
      .partitions(of: read, by: run.facts.record.partition, reader: pipelines[run.pipeline].index)
    guard let required else { return anyPartition(of: read, producer: producer, run) }
    var inputs: [InputVersion] = []
    for key in required {
      let entry = ledger.entry(read.dataset, key)
      if let live = liveRun(of: producer, key, read.dataset, entry: entry, for: run) {
        return .waitingFor(live, or: key.isEmpty && entry == nil ? read.dataset : nil)
      }
      if entry != nil {
        inputs.append(version(of: read.dataset, key))
      } else if configuration.waitsForData, read.terms.onMissing == .wait || canCome(producer, key) {
        return .waitingForData(read.dataset, line: producer)
      } else if read.terms.onMissing != .ignore {
        return .impossible(missing(read.dataset, key))
      } else {
        // That it was not there is noted: when it comes, the reader is stale.
        inputs.append(version(of: read.dataset, key))
      }
    }
    return .ready(inputs)
  }

  /// The partitions that a read needs and that are not there; none where it asks for freshness.
  func missingKeys(of read: MeshGraph.Read, for run: LiveRun) -> [String] {
    let known = release(of: run.pipeline)
    guard read.terms.freshness == nil else { return [] }
    let required = RequiredPartitions(release: known.release, calendars: known.calendars)
      .partitions(of: read, by: run.facts.record.partition, reader: pipelines[run.pipeline].index)
    return (required ?? [""]).filter { ledger.entry(read.dataset, $0) == nil }
  }

  /// A live run that has yet to make the partition: any where it is not there, else one that came before.
  private func liveRun(
    of producer: Int, _ key: String, _ dataset: DatasetName, entry: PartitionLedger.Entry?,
    for reader: LiveRun
  ) -> RunID? {
    lines[producer].liveRuns[key]?.first { id in
      id != reader.id && (entry == nil || id < reader.id) && hasYetToMake(id, dataset)
    }
  }

  /// Whether a live run is still to publish a dataset.
  func hasYetToMake(_ id: RunID, _ dataset: DatasetName) -> Bool {
    guard let slot = slotOfRun[id], let run = runs[slot] else { return false }
    // Its own release says which of its tasks makes the dataset, if one does.
    let known = release(of: run.pipeline)
    guard let writer = known.release.graph.datasets[dataset]?.writer,
      known.firstPipeline + known.release.graph.nodes[writer].pipeline == run.pipeline
    else { return false }
    let task = known.release.graph.nodes[writer].task
    guard run.state == .running else { return executes(run, task) }
    let phase = cells[slot][task].phase
    return phase != .absent && phase != .final
  }

  /// Whether a task is one that a run executes, and none that it keeps or leaves out.
  func executes(_ run: LiveRun, _ task: Int) -> Bool {
    run.facts.record.tasks?.contains(task) ?? !run.facts.kept.contains(task)
  }

  /// A reader without partition takes what is there, once runs that came before have made theirs.
  private func anyPartition(of read: MeshGraph.Read, producer: Int, _ run: LiveRun) -> Readiness {
    let exists = ledger.newest(of: read.dataset) != nil
    for key in lines[producer].liveRuns.keys.sorted() {
      let entry = exists ? PartitionLedger.Entry(version: 0, at: now, run: nil) : nil
      if let live = liveRun(of: producer, key, read.dataset, entry: entry, for: run) {
        return .waitingFor(live, or: exists ? nil : read.dataset)
      }
    }
    if exists || read.terms.onMissing == .ignore {
      let all = InputVersion(dataset: read.dataset, partition: InputVersion.allPartitions, version: 0)
      return .ready([all])
    }
    if configuration.waitsForData, read.terms.onMissing == .wait {
      return .waitingForData(read.dataset, line: producer)
    }
    return .impossible(missing(read.dataset, ""))
  }

  private func freshness(
    _ read: MeshGraph.Read, _ oldest: Duration, producer: Int, _ run: LiveRun
  ) -> Readiness {
    if let newest = ledger.newest(of: read.dataset), now - newest <= oldest { return .ready([]) }
    for key in lines[producer].liveRuns.keys.sorted() {
      if let live = liveRun(of: producer, key, read.dataset, entry: nil, for: run) {
        return .waitingFor(live, or: read.dataset)
      }
    }
    if read.terms.onMissing == .ignore { return .ready([]) }
    if configuration.waitsForData, read.terms.onMissing == .wait {
      return .waitingForData(read.dataset, line: producer)
    }
    return .impossible(
      Reason(
        "not_fresh",
        "'\(read.dataset)' is older than \(oldest), and nothing that runs or is planned renews it"))
  }

  private func missing(_ dataset: DatasetName, _ key: String) -> Reason {
    let partition = key.isEmpty ? "'\(dataset)'" : "'\(dataset)@\(key)'"
    return Reason("input_missing", "\(partition) is not there, and nothing that runs or is planned makes it")
  }

  /// A task is final: the partitions that it writes are there, if it succeeded, or rightly are not, if it was
  /// skipped.
  mutating func publish(_ slot: Int, _ task: Int) {
    guard let run = runs[slot] else { return }
    let release = release(of: run.pipeline).release
    let place = release.graph.firstNode[pipelines[run.pipeline].index] + task
    let writes = release.graph.nodes[place].writes
    let outcome = cells[slot][task].outcome
    let instances = cells[slot][task].instances
    // A task that was declared a success, or that may fail and did, has made nothing.
    let maker = instances.lastIndex { $0.state == .success && $0.attempts > 0 }
    let isMade = maker != nil && outcome.bad == 0 && cells[slot][task].allowedFailures == 0
    let isSkipped = outcome.success == 0 && outcome.bad == 0 && run.cancellation == nil
    guard !writes.isEmpty, isMade || isSkipped else { return wakeWaiters(for: run.id) }
    let partition = run.facts.record.partition
    if let maker, isMade {
      let instance = InstanceID(run: run.id, task: task, index: maker)
      let inputs = inputsRead(slot, task)
      let content = content(of: instances)
      for dataset in writes {
        let record = MaterializationRecord(
          id: configuration.nextMaterialization, dataset: dataset, partition: partition,
          attempt: AttemptID(instance: instance, number: Int(instances[maker].attempts)),
          rows: cells[slot][task].rows, inputs: inputs, code: release.code(of: place), content: content,
          at: now)
        configuration.nextMaterialization += 1
        decisions.changes.append(.materialized(record))
        ledger.record(
          dataset, run.partitionKey, .init(version: record.id, content: content, at: now, run: run.id))
        noticePublication(of: dataset)
      }
    } else {
      for dataset in writes {
        // A partition that is there stays as it is, and is no news.
        let isNews = ledger.entry(dataset, run.partitionKey) == nil
        decisions.changes.append(
          .coveredAsSkipped(
            dataset, partition, InstanceID(run: run.id, task: task),
            number: isNews ? configuration.nextMaterialization : nil, at: now))
        guard isNews else { continue }
        configuration.nextMaterialization += 1
        ledger.record(dataset, run.partitionKey, .init(version: 0, at: now, run: run.id))
        noticePublication(of: dataset)
      }
    }
    wakeWaiters(for: run.id)
    wakeWaiters(forDataOf: pipelines[run.pipeline].line)
  }

  /// Whether a partition is still to come: by the clock, where the tick that makes it is not decided yet, or
  /// by data that is still to come itself.
  func canCome(_ producer: Int, _ key: String) -> Bool {
    if let trigger = lines[producer].trigger { return canCome(trigger, key) }
    guard let schedule = lines[producer].schedule,
      let calendar = latest.calendars[schedule.place], let partition = try? calendar.partition(key: key),
      let tick = schedule.due.next(after: partition.end - .milliseconds(1))
    else { return false }
    return tick > countedTo(producer) && schedule.due.partition(at: tick)?.key == key
  }

  /// Lets a task wait until somebody makes the dataset, its producer does something, or its patience is over.
  mutating func wait(_ slot: Int, _ task: Int, for dataset: DatasetName, of line: Int) {
    guard let run = runs[slot] else { return }
    let end = patience(of: run)
    guard now < end else {
      let reason = Reason(
        "waited_too_long", "what it reads of '\(lines[line].name)' had not come by \(end.sqliteText) UTC")
      noteTimeout(slot, task, reason)
      return finishTask(slot, task, .upstreamFailed, reason)
    }
    waitersForLine[line, default: []].insert(TaskReference(slot: slot, task: task))
    // A later release may have another pipeline make it.
    waitersForData[dataset, default: []].insert(TaskReference(slot: slot, task: task))
    guard !cells[slot][task].hasPatienceTimer else { return }
    cells[slot][task].hasPatienceTimer = true
    setTimer(.patience(InstanceID(run: run.id, task: task)), at: end)
  }

  /// Until when a run's tasks wait for data: its deadline, counted from the run's creation where that is
  /// later than the end of its interval; without one seven days.
  func patience(of run: LiveRun) -> Instant {
    let created = run.facts.record.createdAt
    guard let deadline = pipeline(run.pipeline).deadline else { return created + Self.longestPatience }
    return max(created, run.facts.record.partition?.end ?? created) + deadline
  }

  private static let longestPatience = Duration.seconds(7 * 86_400)

  /// Ticks, runs of a pipeline and what it makes may change what its readers wait for.
  mutating func wakeWaiters(forDataOf line: Int) {
    var reached: Set<Int> = [line]
    var next = [line]
    while let line = next.popLast() {
      wake(waitersForLine.removeValue(forKey: line))
      // What it does not make any more, nobody makes of it either.
      for fed in linesFedBy[line] ?? [] where reached.insert(fed).inserted {
        reviewHeld(fed)
        next.append(fed)
      }
    }
  }

  mutating func wakeWaiters(for dataset: DatasetName) {
    wake(waitersForData.removeValue(forKey: dataset))
    for instance in (waitersForFreshness.removeValue(forKey: dataset) ?? []).sorted() {
      lookAgain(at: instance)
    }
  }

  mutating func wakeAllWaitersForData() {
    for line in waitersForLine.keys.sorted() { wakeWaiters(forDataOf: line) }
  }

  private mutating func wake(_ waiters: Set<TaskReference>?) {
    guard let waiters else { return }
    tasksToAdvance += waiters.sorted { ($0.slot, $0.task) < ($1.slot, $1.task) }
  }

  mutating func wakeWaiters(for run: RunID) {
    guard let waiters = waitersForRun.removeValue(forKey: run) else { return }
    tasksToAdvance += waiters
  }

  /// Nothing runs, nothing is timed and nothing may start, and yet runs are not final: tasks wait for one
  /// another through data that will not come. The first of them ends, with the reason.
  mutating func resolveStall() -> Bool {
    dropStaleTimers()
    guard slots.used == 0, evaluations == 0, timers.isEmpty, !slotOfRun.isEmpty, tasksToAdvance.isEmpty,
      paused.isEmpty
    else { return false }
    for (awaited, waiters) in waitersForRun.sorted(by: { $0.key < $1.key }) {
      for waiter in waiters {
        guard runs[waiter.slot] != nil, cells[waiter.slot].indices.contains(waiter.task),
          cells[waiter.slot][waiter.task].phase == .waitingForData
        else { continue }
        let reason = Reason("stalled", "waits for run \(awaited), which waits for it in turn or cannot start")
        finishTask(waiter.slot, waiter.task, .upstreamFailed, reason)
        return true
      }
    }
    return false
  }
}
