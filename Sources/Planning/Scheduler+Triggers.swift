import Basics
import Lineage
import MeshModel
import Timetables

/// Which pipelines are due by data, from when on, and what makes their partitions complete.
extension Scheduler {
  /// Takes up the latest release's triggers: what is new or was edited counts from now on, what is known goes
  /// on where it was settled.
  mutating func takeUpTriggers() {
    let known = latest
    triggersToLookAt = []
    linesDueBy = [:]
    linesFedBy = [:]
    for line in lines.indices { lines[line].trigger = nil }
    for place in known.release.graph.pipelines.indices where !known.release.broken.contains(place) {
      guard var trigger = LiveTrigger(place, of: known, line: { pipelines[known.firstPipeline + $0].line })
      else { continue }
      let line = pipelines[known.firstPipeline + place].line
      for input in trigger.inputs {
        linesDueBy[input.dataset, default: []].append(line)
        linesFedBy[input.producer, default: []].append(line)
      }
      trigger.look(from: count(trigger, of: lines[line].name))
      lines[line].trigger = trigger
      triggersToLookAt.insert(line)
    }
    for name in countedTriggers.keys.sorted() where !keepsTrigger(name) {
      countedTriggers[name] = nil
      decisions.changes.append(.untriggered(name, at: now))
    }
  }

  /// The number up to which a trigger has nothing to look at: what is settled, or all where it is new or was
  /// edited.
  private mutating func count(_ trigger: LiveTrigger, of name: PipelineName) -> Int64 {
    if let known = countedTriggers[name], known.meaning == trigger.meaning { return known.countedTo }
    let record = TriggerRecord(
      pipeline: name, meaning: trigger.meaning, countsFrom: lastPublication, countedTo: lastPublication)
    countedTriggers[name] = record
    decisions.changes.append(.triggered(record, at: now))
    return lastPublication
  }

  private func keepsTrigger(_ name: PipelineName) -> Bool {
    guard let place = latest.release.graph.index(of: name) else { return !latest.release.isWhole }
    return latest.release.broken.contains(place)
      || latest.release.graph.pipelines[place].dataTrigger != nil
  }

  /// How far the data of a partition is.
  enum Completeness {
    case complete
    /// Something is to be published before it can be.
    case lacksData
    /// What is missing may turn out not to come, and is excused then; or it is of no time.
    case mayBecome
  }

  /// Whether all is there that makes a partition due, or what is missing is excused.
  ///
  /// - Parameter dataset: what came, where one input of several is enough; nil: any of them may have.
  func isComplete(
    _ partition: PartitionInterval, _ trigger: inout LiveTrigger, _ required: RequiredPartitions,
    by dataset: DatasetName? = nil
  ) -> Completeness {
    if trigger.declared.isSatisfiedByOne {
      let candidates = trigger.inputs.filter { dataset == nil || $0.dataset == dataset }
      let found = candidates.map { isCovered($0, partition, &trigger, required) }
      return found.contains(.complete) ? .complete : found.contains(.mayBecome) ? .mayBecome : .lacksData
    }
    var whole = Completeness.complete
    for input in trigger.inputs {
      switch isCovered(input, partition, &trigger, required) {
      case .complete: continue
      case .lacksData: return .lacksData
      case .mayBecome: whole = .mayBecome
      }
    }
    for input in trigger.inputs {
      trigger.missing[.init(dataset: input.dataset, partition: partition.key)] = nil
    }
    return whole
  }

  private func isCovered(
    _ input: LiveTrigger.Input, _ partition: PartitionInterval, _ trigger: inout LiveTrigger,
    _ required: RequiredPartitions
  ) -> Completeness {
    let coverage = LiveTrigger.Coverage(dataset: input.dataset, partition: partition.key)
    if let known = trigger.missing[coverage],
      !ledger.contains(input.dataset, known.first) || !ledger.contains(input.dataset, known.last)
    {
      return .lacksData
    }
    trigger.missing[coverage] = nil
    var mayCome = false
    for read in input.reads {
      let keys = required.partitions(of: read, by: partition, reader: trigger.place) ?? []
      if read.terms.onMissing == .ignore {
        mayCome = mayCome || keys.contains { isStillToCome(input.dataset, $0, of: input.producer) }
        continue
      }
      guard let first = keys.first(where: { !ledger.contains(input.dataset, $0) }) else { continue }
      guard input.hasPartitions else { return .mayBecome }
      let last = keys.last { !ledger.contains(input.dataset, $0) } ?? first
      trigger.missing[coverage] = (first, last)
      return .lacksData
    }
    return mayCome ? .mayBecome : .complete
  }

  /// A partition that is not there, and that is made or will be.
  func isStillToCome(_ dataset: DatasetName, _ key: String, of producer: Int) -> Bool {
    guard !ledger.contains(dataset, key) else { return false }
    return canCome(producer, key)
      || lines[producer].liveRuns[key]?.contains { hasYetToMake($0, dataset) } ?? false
  }

  /// Whether a partition is still to be made by data: it is complete and not decided, or what it lacks is
  /// still to come.
  func canCome(_ trigger: LiveTrigger, _ key: String) -> Bool {
    guard let partition = try? trigger.calendar?.partition(key: key), trigger.isWithin(partition) else {
      return false
    }
    if trigger.asked[key] != nil || trigger.held[key] != nil { return true }
    let required = RequiredPartitions(release: latest.release, calendars: latest.calendars)
    var lacks = false
    var isPossible = !trigger.declared.isSatisfiedByOne
    for input in trigger.inputs {
      var comes = true
      for read in input.reads {
        for key in required.partitions(of: read, by: partition, reader: trigger.place) ?? []
        where !ledger.contains(input.dataset, key) {
          lacks = true
          comes =
            comes
            && (read.terms.onMissing == .ignore || isStillToCome(input.dataset, key, of: input.producer))
        }
      }
      isPossible = trigger.declared.isSatisfiedByOne ? isPossible || comes : isPossible && comes
    }
    // What is complete was looked at, unless something came that was not.
    return isPossible && (lacks || trigger.hasNews)
  }
}
