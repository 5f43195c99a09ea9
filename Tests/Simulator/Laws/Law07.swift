import Basics
import MeshModel

/// Quiet and a free slot means nothing is ready: no wake-up is lost.
final class Law07: Law {
  let number = 7

  /// All runs are looked at every so many times, for who is forgotten stays forgotten.
  private static let stride = 16
  private var looks = 0
  private var touched: Set<RunID> = []

  func seeCommit(_ changes: [Change], _ chronicle: Chronicle, _ court: Court) {
    touched.formUnion(changes.compactMap(\.run))
  }

  func seeQuiet(_ chronicle: Chronicle, _ court: Court) {
    looks += 1
    let looksAtAll = looks % Self.stride == 0 || chronicle.live.isEmpty
    for id in looksAtAll ? Set(chronicle.runs.keys) : touched {
      guard let run = chronicle.runs[id], run.state == .running, !chronicle.isPaused(run) else { continue }
      checkTasks(of: run, chronicle, court)
    }
    touched.removeAll(keepingCapacity: true)
    for line in chronicle.lines.values { checkLine(line, chronicle, court) }
    // While the workers are given out a few at a time, a free one may be kept back for a moment.
    let isRamping = court.workersGiven(by: chronicle.now - .seconds(8)) < court.workers
    guard !isRamping, chronicle.live.count < court.workers else { return }
    for id in chronicle.queued { checkQueued(id, chronicle, court) }
  }

  /// The first of a pipeline's runs that wait: one that waits keeps its place before those that came later.
  private func checkLine(_ line: [Chronicle.Run], _ chronicle: Chronicle, _ court: Court) {
    guard let run = line.first(where: { $0.state == .queued && !chronicle.isPaused($0) }),
      line.count(where: { $0.state == .running }) < run.facts.pipeline.maxActiveRuns
    else { return }
    if let key = run.record.partition?.key,
      line.contains(where: { $0.record.partition?.key == key && $0.record.id < run.record.id })
    {
      return
    }
    if let backfill = run.record.backfill, let most = chronicle.backfills[backfill]?.record.maxActive,
      chronicle.active[backfill] ?? 0 >= most
    {
      return
    }
    expect(false, court, "run \(run.record.id) is queued, and nothing keeps it")
  }

  private func checkQueued(_ id: InstanceID, _ chronicle: Chronicle, _ court: Court) {
    guard let run = chronicle.runs[id.run], !chronicle.isPaused(run) else { return }
    // It was paused, and the values of what it triggers are computed first. Where that is lost, the run has
    // no end: law 9.
    if run.facts.tasks[id.task].isTrigger { return }
    let missing = chronicle.missing(for: run.facts.tasks[id.task].demand, workers: court.workers)
    expect(missing != nil, court, "\(id) is queued, and every slot it needs is free")
  }

  private func checkTasks(of run: Chronicle.Run, _ chronicle: Chronicle, _ court: Court) {
    for (place, task) in run.facts.tasks.enumerated() where run.takesPart(place) {
      for index in 0..<run.count(of: place) {
        let id = InstanceID(run: run.record.id, task: place, index: index)
        guard run.instances[place]?[index] == nil else { continue }
        if mustMove(id, task, run, chronicle) { expect(false, court, "\(id) waits, and nothing keeps it") }
      }
    }
  }

  /// Whether all that a task reads is certainly there, and no live run may renew it.
  private func isThere(
    _ reads: [ReadDeclaration], _ run: Chronicle.Run, _ chronicle: Chronicle
  ) -> Bool {
    reads.allSatisfy { read in
      guard read.freshness == nil, let facts = chronicle.releases[run.record.release],
        let writer = facts.writers[read.dataset], let producer = facts.pipelines[writer.pipeline]?.pipeline,
        let keys = Readiness.required(read, by: run, producer: producer)
      else { return false }
      let renewed = Set((chronicle.lines[writer.pipeline] ?? []).map { $0.record.partition?.key ?? "" })
      return keys.allSatisfy { chronicle.partitions[read.dataset]?[$0] != nil && !renewed.contains($0) }
    }
  }

  /// Whether a task that still waits has all it waits for. When it starts too early is for law 25.
  private func mustMove(
    _ id: InstanceID, _ task: TaskFacts, _ run: Chronicle.Run, _ chronicle: Chronicle
  ) -> Bool {
    guard run.cancellation == nil || task.declared.teardown else { return true }
    // One that follows another task's instance waits for that one, whatever its rule says already, and is
    // looked at once all its other upstreams are final.
    if let leader = task.follows, run.takesPart(leader) {
      guard run.isFinal(leader) || run.instances[leader]?[id.index]?.state.isFinal == true,
        !task.upstream.contains(where: { run.takesPart($0) && !run.isFinal($0) })
      else { return false }
    }
    guard let verdict = Readiness.verdict(of: id, in: run) else { return false }
    // Where a task follows another one, data and `when` are asked for before it has instances that may end.
    if verdict != .start, task.follows == nil || run.fanOuts[id.task] != nil { return true }
    // The values of what it triggers are computed first.
    if task.isTrigger { return false }
    if task.declared.dependsOnPast || !isThere(task.reads, run, chronicle) { return false }
    if task.declared.when != nil, run.conditions[id.task] == nil { return false }
    if case .sql = task.declared.each?.source, run.fanOuts[id.task] == nil { return false }
    guard let most = task.declared.each?.maxActive else { return true }
    let active = (run.instances[id.task] ?? [:]).values.count { !$0.state.isFinal && $0.state != .waiting }
    return active < most
  }
}
