import Basics
import MeshModel

/// A partition whose data is complete is due exactly once, with its data there and by something that came
/// after the trigger; with `refresh` once more for what is renewed. Nothing that is complete stays undecided.
final class Law27: Law {
  let number = 27

  /// A partition of a pipeline; the key is empty where there are none.
  private struct Place: Hashable {
    var pipeline: PipelineName
    var key: String
  }

  /// Numbers of what is there, and of all that ever was, by dataset and partition.
  private var published: [DatasetName: [String: Int64]] = [:]
  private var everPublished: [DatasetName: Int64] = [:]
  /// The number of the last entry of each partition in the ledger.
  private var decided: [Place: Int64] = [:]
  /// Partitions that something came for and that are not known to be decided.
  private var open: [Place: PartitionInterval] = [:]
  /// What each trigger waited for when it began to count.
  private var awaited: [PipelineName: Set<DatasetName>] = [:]
  /// Runs that data made in this commit.
  private var made: Set<RunID> = []

  func see(_ change: Change, _ chronicle: Chronicle, _ court: Court) {
    switch change {
    case .materialized(let record):
      publish(record.dataset, record.partition, record.id, chronicle)
    case .markedPresent(let dataset, let partition, let version, _, _):
      publish(dataset, partition, version, chronicle)
    case .coveredAsSkipped(let dataset, let partition, _, let number?, _):
      expect(
        chronicle.partitions[dataset]?[partition?.key ?? ""] == nil, court,
        "'\(dataset)' is covered by a skip and published anew, and was there")
      publish(dataset, partition, number, chronicle)
    case .markedMissing(let dataset, let partition, _, _): published[dataset]?[partition] = nil
    case .triggered(let trigger, _): begin(trigger, chronicle, court)
    case .untriggered(let pipeline, _): open = open.filter { $0.key.pipeline != pipeline }
    case .runCreated(let record) where record.cause == .data: checkRun(record, chronicle, court)
    case .arrived(let arrival): check(arrival, chronicle, court)
    default: return
    }
  }

  private func begin(_ trigger: TriggerRecord, _ chronicle: Chronicle, _ court: Court) {
    guard let known = chronicle.triggers[trigger.pipeline], known.meaning == trigger.meaning else {
      let last = everPublished.values.max() ?? 0
      expect(
        trigger.countsFrom >= last && trigger.countedTo >= last, court,
        "'\(trigger.pipeline)' counts from \(trigger.countsFrom), and \(last) was published before")
      open = open.filter { $0.key.pipeline != trigger.pipeline }
      awaited[trigger.pipeline] = chronicle.latest?.awaited(by: trigger.pipeline)
      return
    }
    expect(
      known.countsFrom == trigger.countsFrom && known.countedTo < trigger.countedTo, court,
      "'\(trigger.pipeline)' counts anew, and was not edited")
  }

  private func publish(
    _ dataset: DatasetName, _ partition: PartitionInterval?, _ number: Int64, _ chronicle: Chronicle
  ) {
    published[dataset, default: [:]][partition?.key ?? ""] = number
    everPublished[dataset] = number
    for (name, trigger) in chronicle.triggers where number > trigger.countsFrom {
      guard let facts = chronicle.releaseOfTicks?.pipelines[name],
        let input = facts.triggerInputs.first(where: { $0.dataset == dataset })
      else { continue }
      guard let grain = facts.pipeline.grain else {
        open[Place(pipeline: name, key: "")] = Readiness.interval(0, .daily)
        continue
      }
      guard let partition else { continue }
      // What may read it lies within some days of it.
      let step = Readiness.length(grain)
      let from = partition.start.seconds.flooredToMultiple(of: step) - 2 * step
      for at in stride(from: from, to: partition.end.seconds + 4 * 86_400 + 2 * step, by: Int(step)) {
        let candidate = Readiness.interval(at, grain)
        if facts.isWithin(candidate), needs(candidate, partition.key, input, facts, chronicle) {
          open[Place(pipeline: name, key: candidate.key)] = candidate
        }
      }
    }
  }

  private func needs(
    _ candidate: PartitionInterval, _ key: String, _ input: PipelineFacts.TriggerInput,
    _ facts: PipelineFacts, _ chronicle: Chronicle
  ) -> Bool {
    input.reads.contains { keys(of: $0, candidate, input, facts).contains(key) }
  }

  private func keys(
    of read: ReadDeclaration, _ partition: PartitionInterval, _ input: PipelineFacts.TriggerInput,
    _ facts: PipelineFacts
  ) -> [String] {
    guard let grain = facts.pipeline.grain else { return [] }
    return Readiness.required(read, by: partition, grain, producer: input.grain) ?? []
  }

  /// What is known of the data of a partition.
  private enum Completeness { case complete, incomplete, mayBecome }

  private func completeness(
    of partition: PartitionInterval, _ facts: PipelineFacts, _ chronicle: Chronicle
  ) -> Completeness {
    let isAny = facts.pipeline.dataTrigger?.isSatisfiedByOne ?? false
    let inputs = facts.triggerInputs.map { completeness(of: partition, by: $0, facts, chronicle) }
    if isAny {
      return inputs.contains(.complete) ? .complete : inputs.contains(.mayBecome) ? .mayBecome : .incomplete
    }
    return inputs.contains(.incomplete)
      ? .incomplete : inputs.contains(.mayBecome) ? .mayBecome : .complete
  }

  /// The same by one of its inputs.
  private func completeness(
    of partition: PartitionInterval, by input: PipelineFacts.TriggerInput, _ facts: PipelineFacts,
    _ chronicle: Chronicle
  ) -> Completeness {
    let isAny = facts.pipeline.dataTrigger?.isSatisfiedByOne ?? false
    // What is of no time is enough for the partition that is over when it comes, and not for all others.
    var found = isAny && input.grain == nil ? Completeness.mayBecome : .complete
    for read in input.reads {
      let missing = keys(of: read, partition, input, facts).filter {
        chronicle.partitions[input.dataset]?[$0] == nil
      }
      if missing.isEmpty { continue }
      // Whether what may be done without may still come is the scheduler's to know.
      guard read.onMissing == .ignore else { return input.grain == nil ? .mayBecome : .incomplete }
      found = .mayBecome
    }
    return found
  }

  /// The highest number of what a partition is made of. Where one input is enough, those that lack something
  /// make nothing due and renew nothing; what is of no time renews no partition that was made before.
  private func newest(
    of partition: PartitionInterval, _ facts: PipelineFacts, _ chronicle: Chronicle
  ) -> Int64 {
    let isAny = facts.pipeline.dataTrigger?.isSatisfiedByOne ?? false
    let inputs = facts.triggerInputs.filter { input in
      guard input.grain != nil else { return false }
      return !isAny || completeness(of: partition, by: input, facts, chronicle) != .incomplete
    }
    return inputs.flatMap { input in
      input.reads.flatMap { read in
        keys(of: read, partition, input, facts).compactMap { published[input.dataset]?[$0] }
      }
    }.max() ?? 0
  }

  private func checkRun(_ record: RunRecord, _ chronicle: Chronicle, _ court: Court) {
    made.insert(record.id)
    let key = record.partition?.key
    let unfinished = (chronicle.lines[record.pipeline] ?? []).filter { $0.record.partition?.key == key }
    let live = unfinished.first { $0.cancellation == nil }
    expect(
      live == nil, court,
      "data makes run \(record.id) of '\(record.pipeline)@\(key ?? "")', and run \(live?.record.id ?? 0) is live"
    )
    guard let key, let facts = chronicle.releaseOfTicks?.pipelines[record.pipeline],
      facts.pipeline.dataTrigger?.refresh != .auto
    else { return }
    let latest = chronicle.finalRuns.filter {
      $0.value.record.pipeline == record.pipeline && $0.value.record.partition?.key == key
    }.max { $0.key < $1.key }
    // What a cancelled run was to make anew is not made, even before the last of its tasks has stopped.
    let isOvertaken = unfinished.contains { $0.record.id > latest?.key ?? 0 }
    expect(
      latest?.value.state != .success || isOvertaken, court,
      "data makes '\(record.pipeline)@\(key)', which run \(latest?.key ?? 0) has made")
  }

  private func check(_ arrival: ArrivalRecord, _ chronicle: Chronicle, _ court: Court) {
    let name = arrival.pipeline
    let place = Place(pipeline: name, key: arrival.partition?.key ?? "")
    guard let known = chronicle.triggers[name], let facts = chronicle.releaseOfTicks?.pipelines[name],
      let trigger = facts.pipeline.dataTrigger
    else { return expect(false, court, "'\(name)' is due by data without a trigger") }
    expect(!chronicle.paused.contains(.pipeline(name)), court, "'\(name)' is due while it is paused")
    if case .run(let run) = arrival.outcome {
      let isMade = run.map { made.remove($0) != nil } ?? false
      expect(isMade, court, "the data of '\(name)@\(place.key)' made no run")
    }
    let last = decided[place].flatMap { $0 > known.countsFrom ? $0 : nil }
    let counts = max(known.countsFrom, last ?? 0)
    expect(arrival.number > counts, court, "'\(name)@\(place.key)' is decided again at \(arrival.number)")
    if let partition = arrival.partition {
      expect(facts.isWithin(partition), court, "'\(name)@\(place.key)' lies outside of its bounds")
      expect(
        last == nil || trigger.refresh == .auto, court, "'\(name)@\(place.key)' is decided twice")
      expect(
        completeness(of: partition, facts, chronicle) != .incomplete, court,
        "'\(name)@\(place.key)' is due without its data")
      let news = newest(of: partition, facts, chronicle)
      let isTimeless = facts.triggerInputs.contains { $0.grain == nil }
      expect(
        news > counts || isTimeless, court,
        "'\(name)@\(place.key)' is due by what came at \(news), and counts from \(counts)")
    } else {
      let came = facts.triggerInputs.map { everPublished[$0.dataset] ?? 0 > counts }
      expect(
        trigger.isSatisfiedByOne ? came.contains(true) : !came.isEmpty && came.allSatisfy { $0 }, court,
        "'\(name)' is due, and not all came")
    }
    decided[place] = arrival.number
  }

  func seeCommit(_ changes: [Change], _ chronicle: Chronicle, _ court: Court) {
    expect(made.isEmpty, court, "runs \(made.sorted()) are of no data")
    made.removeAll()
  }

  func seeQuiet(_ chronicle: Chronicle, _ court: Court) {
    guard court.isServed else { return }
    checkOpen(chronicle, court)
    for name in chronicle.triggers.keys {
      guard let now = chronicle.latest?.awaited(by: name), let then = awaited[name] else { continue }
      expect(now == then, court, "'\(name)' was edited to wait for \(now.sorted()), and does not count anew")
    }
  }

  /// Everything is final, and nothing is complete without having been decided.
  func checkEnd(_ chronicle: Chronicle, _ court: Court) { checkOpen(chronicle, court) }

  private func checkOpen(_ chronicle: Chronicle, _ court: Court) {
    for (place, partition) in open {
      guard let known = chronicle.triggers[place.pipeline],
        let facts = chronicle.latest?.pipelines[place.pipeline], let trigger = facts.pipeline.dataTrigger
      else {
        open[place] = nil
        continue
      }
      // Nothing makes it due while nobody makes what it was due by.
      if facts.triggerInputs.isEmpty { continue }
      guard !chronicle.paused.contains(.pipeline(place.pipeline)) else { continue }
      let counts = max(known.countsFrom, decided[place] ?? 0)
      let isLive = (chronicle.lines[place.pipeline] ?? []).contains {
        ($0.record.partition?.key ?? "") == place.key && $0.cancellation == nil
      }
      if facts.pipeline.grain == nil {
        let came = facts.triggerInputs.map { published[$0.dataset]?.values.max() ?? 0 > counts }
        let isDue = trigger.isSatisfiedByOne ? came.contains(true) : came.allSatisfy { $0 }
        expect(!isDue || isLive, court, "'\(place.pipeline)' is due by data, and has no run")
        if !isDue { open[place] = nil }
        continue
      }
      switch completeness(of: partition, facts, chronicle) {
      case .mayBecome: continue
      case .incomplete: open[place] = nil
      case .complete:
        let news = newest(of: partition, facts, chronicle)
        // It is complete by what was there before the trigger, and lacks some of what came since.
        if trigger.isSatisfiedByOne, news <= known.countsFrom {
          open[place] = nil
          continue
        }
        let isDecided =
          (decided[place] ?? 0) > known.countsFrom && (trigger.refresh != .auto || news <= counts)
        expect(
          isDecided || isLive && trigger.refresh == .auto, court,
          "'\(place.pipeline)@\(place.key)' is complete, and nothing is decided")
        if isDecided { open[place] = nil }
      }
    }
  }
}

extension ReleaseFacts {
  /// The datasets that make a pipeline due; nil: none does, or nobody writes any.
  fileprivate func awaited(by pipeline: PipelineName) -> Set<DatasetName>? {
    guard let facts = pipelines[pipeline], facts.pipeline.dataTrigger != nil,
      !facts.triggerInputs.isEmpty
    else { return nil }
    return Set(facts.triggerInputs.map(\.dataset))
  }
}
