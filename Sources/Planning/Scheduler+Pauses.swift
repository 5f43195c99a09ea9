import MeshModel

/// What operators paused: nothing of it starts, what runs goes on.
extension Scheduler {
  static let pauseReason = Reason("paused", "is paused, until somebody resumes it")

  /// The runs of a pipeline or backfill that are not final, ascending.
  public func unfinishedRuns(of target: PauseTarget) -> [RunID] {
    switch target {
    case .pipeline(let name):
      guard let line = lineOfName[name] else { return [] }
      return lines[line].liveRuns.values.flatMap { $0 }.sorted()
    case .backfill(let id):
      return slotOfRun.filter { runs[$0.value]?.facts.record.backfill == id }.keys.sorted()
    }
  }

  /// The backfills that are not final, ascending.
  public var liveBackfills: [BackfillID] { backfills.keys.sorted() }

  /// How far these runs have come: not begun, waiting for something, or with a task at work.
  public func progress(of ids: [RunID]) -> (unbegun: Int, waiting: Int, working: Int) {
    var counts = (unbegun: 0, waiting: 0, working: 0)
    for id in ids {
      guard let slot = slotOfRun[id], let run = runs[slot] else { continue }
      if run.state == .queued {
        counts.unbegun += 1
      } else if cells[slot].contains(where: { $0.instances.contains { $0.attempt != nil } }) {
        counts.working += 1
      } else {
        counts.waiting += 1
      }
    }
    return counts
  }

  /// Whether it is paused; what a pipeline's pause means for a backfill's run is not asked here.
  public func isPaused(_ target: PauseTarget) -> Bool { paused.contains(target) }

  func isPaused(_ run: LiveRun) -> Bool {
    guard !paused.isEmpty else { return false }
    if paused.contains(.pipeline(run.facts.record.pipeline)) { return true }
    return run.facts.record.backfill.map { paused.contains(.backfill($0)) } ?? false
  }

  mutating func pause(_ target: PauseTarget) {
    guard paused.insert(target).inserted else { return }
    decisions.changes.append(.paused(target, at: now))
    for id in unfinishedRuns(of: target) {
      guard let slot = slotOfRun[id], let run = runs[slot] else { continue }
      // Those that are queued step aside for the ones behind them.
      linesToAdmit.insert(pipelines[run.pipeline].line)
      for task in cells[slot].indices {
        for index in cells[slot][task].instances.indices
        where cells[slot][task].instances[index].isReady {
          cells[slot][task].instances[index].isReady = false
          cells[slot][task].instances[index].isParked = true
          parkedInstances.append(InstanceID(run: id, task: task, index: index))
        }
      }
    }
  }

  mutating func resume(_ target: PauseTarget) {
    guard paused.remove(target) != nil else { return }
    decisions.changes.append(.resumed(target, at: now))
    let (instances, runs) = (parkedInstances, parkedRuns)
    parkedInstances = []
    parkedRuns = []
    if case .pipeline(let name) = target {
      countTicksOfPause(of: name)
      countDataOfPause(of: name)
      countDeadlinesOfPause(of: name)
    }
    // What another pause still holds is parked again.
    for id in runs { if let slot = slotOfRun[id] { queue(slot) } }
    for instance in instances {
      guard let slot = slotOfRun[instance.run], cells[slot].indices.contains(instance.task),
        cells[slot][instance.task].instances.indices.contains(instance.index),
        cells[slot][instance.task].instances[instance.index].isParked
      else { continue }
      enqueue(slot, instance.task, instance.index)
    }
  }
}
