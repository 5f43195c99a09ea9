import Basics
import MeshModel

/// A reader starts only when every partition that it waits for is published, covered as skipped, or excused
/// by `on_missing`, and no run that came before it has yet to renew it; what it recorded as read was there.
final class Law25: Law {
  let number = 25

  func see(_ change: Change, _ chronicle: Chronicle, _ court: Court) {
    switch change {
    case .instanceQueued(let id, _, _):
      if chronicle.state(id) == .waiting { check(id, chronicle, court) }
    case .attemptStarted(let attempt, _, let inputs, _):
      if chronicle.state(attempt.instance) == .waiting { check(attempt.instance, chronicle, court) }
      for input in inputs {
        let newest = chronicle.newestVersions[input.dataset]?[input.partition] ?? 0
        expect(
          input.version <= newest, court, "\(attempt) read version \(input.version) of \(input.dataset)")
      }
    case .attemptDeferred(let attempt, _, _, _):
      if chronicle.state(attempt.instance) == .waiting { check(attempt.instance, chronicle, court) }
    case .instanceFinished(let id, .upstreamFailed, let reason, _):
      if reason.code == "input_missing" { checkMissing(id, chronicle, court) }
      if reason.code == "not_fresh" { checkStale(id, chronicle, court) }
    default: return
    }
  }

  private func check(_ id: InstanceID, _ chronicle: Chronicle, _ court: Court) {
    guard let run = chronicle.runs[id.run], let facts = chronicle.releases[run.record.release] else { return }
    let task = run.facts.tasks[id.task]
    // With values the data was waited for before the first of them; later instances go on with what was
    // found.
    if task.declared.each != nil, run.instances[id.task]?.isEmpty == false { return }
    for read in task.reads where read.onMissing != .ignore {
      if let oldest = read.freshness {
        // Later instances, and those of tasks that are asked something first, go on with what was found.
        if task.declared.when != nil || task.declared.each != nil || task.isTrigger { continue }
        expect(
          isFresh(read.dataset, oldest, chronicle) || wasMarked(read.dataset, chronicle), court,
          "\(id) starts, and '\(read.dataset)' is older than \(oldest)")
        continue
      }
      guard let writer = facts.writers[read.dataset],
        let producer = facts.pipelines[writer.pipeline]?.pipeline,
        let keys = Readiness.required(read, by: run, producer: producer)
      else { continue }
      for key in keys {
        expect(
          chronicle.partitions[read.dataset]?[key] != nil || wasThere(read.dataset, key, chronicle), court,
          "\(id) starts without '\(read.dataset)@\(key)'")
        let earlier = (chronicle.lines[writer.pipeline] ?? []).first {
          $0.record.id < id.run && ($0.record.partition?.key ?? "") == key
            && hasYetToMake($0, read.dataset, chronicle)
        }
        expect(
          earlier == nil, court,
          "\(id) starts, and run \(earlier?.record.id ?? 0) has yet to make '\(read.dataset)@\(key)'")
      }
    }
  }

  /// Whether a live run is still to publish a dataset, as its own release has it.
  private func hasYetToMake(_ run: Chronicle.Run, _ dataset: DatasetName, _ chronicle: Chronicle) -> Bool {
    guard let writer = chronicle.releases[run.record.release]?.writers[dataset],
      writer.pipeline == run.record.pipeline
    else { return false }
    let executes = run.record.tasks?.contains(writer.task) ?? !run.record.kept.contains(writer.task)
    return executes && !run.isFinal(writer.task)
  }

  private func isFresh(_ dataset: DatasetName, _ oldest: Duration, _ chronicle: Chronicle) -> Bool {
    (chronicle.partitions[dataset] ?? [:]).values.contains { chronicle.now - $0.at <= oldest }
  }

  private func wasMarked(_ dataset: DatasetName, _ chronicle: Chronicle) -> Bool {
    chronicle.wasMarkedMissing.contains { $0.dataset == dataset }
  }

  /// An operator may take away what a reader has found already: it goes on with it.
  private func wasThere(_ dataset: DatasetName, _ key: String, _ chronicle: Chronicle) -> Bool {
    chronicle.wasMarkedMissing.contains(DatasetPartitionName(dataset: dataset, partition: key))
  }

  private func checkStale(_ id: InstanceID, _ chronicle: Chronicle, _ court: Court) {
    let reads = chronicle.runs[id.run]?.facts.tasks[id.task].reads ?? []
    let isStale = reads.contains { read in
      read.freshness.map { !isFresh(read.dataset, $0, chronicle) } ?? false
    }
    expect(isStale, court, "\(id) failed for stale inputs, and all are fresh")
  }

  private func checkMissing(_ id: InstanceID, _ chronicle: Chronicle, _ court: Court) {
    guard let run = chronicle.runs[id.run], let facts = chronicle.releases[run.record.release] else { return }
    let isMissing = run.facts.tasks[id.task].reads.contains { read in
      guard read.freshness == nil else { return false }
      guard let writer = facts.writers[read.dataset],
        let producer = facts.pipelines[writer.pipeline]?.pipeline
      else { return true }
      guard let keys = Readiness.required(read, by: run, producer: producer) else {
        return chronicle.partitions[read.dataset]?.isEmpty ?? true
      }
      return keys.contains { chronicle.partitions[read.dataset]?[$0] == nil }
    }
    expect(isMissing, court, "\(id) failed for missing inputs, and all are there")
  }
}
