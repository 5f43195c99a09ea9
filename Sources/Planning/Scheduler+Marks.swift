import MeshModel

/// What operators declare of partitions and task instances.
extension Scheduler {
  mutating func mark(
    _ dataset: DatasetName, _ partition: PartitionInterval?, isPresent: Bool, _ reason: Reason
  ) {
    let key = partition?.key ?? ""
    if isPresent {
      let version = configuration.nextMaterialization
      configuration.nextMaterialization += 1
      decisions.changes.append(.markedPresent(dataset, partition, version: version, reason, at: now))
      ledger.record(dataset, key, .init(version: version, at: now, run: nil))
      noticePublication(of: dataset)
    } else if ledger.contains(dataset, key) {
      decisions.changes.append(.markedMissing(dataset, partition: key, reason, at: now))
      ledger.remove(dataset, key)
      noteLoss(of: dataset)
    }
  }

  /// A task of a live run by its name, as the run's release has it; nil: there is none of that name.
  public func instance(of run: RunID, task: String, index: Int) -> InstanceID? {
    guard let live = slotOfRun[run].flatMap({ runs[$0] }),
      let place = pipeline(live.pipeline).tasks.firstIndex(where: { $0.name == task })
    else { return nil }
    return InstanceID(run: run, task: place, index: index)
  }

  /// Whether an operator may declare how an instance ends: before its task has begun, and while it waits
  /// without a worker.
  public func mayMark(_ instance: InstanceID) -> Bool {
    if waits[instance] != nil { return true }
    guard instance.index == 0, let slot = slotOfRun[instance.run], cells[slot].indices.contains(instance.task)
    else { return false }
    switch cells[slot][instance.task].phase {
    case .waiting, .waitingForData, .evaluatingWhen, .evaluatingEach: return true
    case .absent, .expanded, .final: return false
    }
  }

  mutating func mark(_ instance: InstanceID, _ state: InstanceState, _ reason: Reason) {
    guard mayMark(instance), state.isFinal, let slot = slotOfRun[instance.run] else { return }
    if waits[instance] != nil { return endWait(instance, marked: state, reason) }
    finishTask(slot, instance.task, state, reason)
  }
}
