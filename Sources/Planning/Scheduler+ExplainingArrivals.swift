import Basics
import Lineage
import MeshModel
import Timetables

/// What a pipeline that is due by data waits for.
extension Scheduler {
  /// The partition that would be due next, after one that was decided: nil where there are no partitions.
  public func nextDue(of name: PipelineName, after decided: PartitionInterval?) -> PartitionInterval? {
    guard let place = latest.release.graph.index(of: name), let calendar = latest.calendars[place] else {
      return nil
    }
    let pipeline = latest.release.graph.pipelines[place]
    let next = decided.flatMap { calendar.next(after: $0) } ?? calendar.latestComplete(at: now)
    guard let next, !calendar.isWithin(next, start: pipeline.start, end: pipeline.end) else { return next }
    return calendar.first(start: pipeline.start, end: pipeline.end)
  }

  /// A partition of a pipeline of the latest release; nil: it has none of that key.
  public func partition(of name: PipelineName, key: String) -> PartitionInterval? {
    let calendar = latest.release.graph.index(of: name).flatMap { latest.calendars[$0] }
    return try? calendar?.partition(key: key)
  }

  /// Which data of a partition is there and which is not, who makes it, and whether it can come; nil: no data
  /// makes the pipeline due.
  ///
  /// - Parameter partition: nil for a pipeline without partitions.
  public func explanation(ofDataFor name: PipelineName, _ partition: PartitionInterval?) -> Explanation? {
    let known = latest
    guard let place = known.release.graph.index(of: name),
      let trigger = LiveTrigger(place, of: known, line: { pipelines[known.firstPipeline + $0].line })
    else { return nil }
    var explanation = Explanation()
    if paused.contains(.pipeline(name)) {
      explanation.block("trigger", "'\(name)' is paused", next: "heddle resume \(name)")
    } else if let partition, !trigger.isWithin(partition) {
      explanation.block("trigger", "'\(partition.key)' lies outside the pipeline's 'start' and 'end'")
    } else {
      explanation.pass("trigger", "'\(name)' is due \(trigger.declared.words)")
    }
    let isAny = trigger.declared.isSatisfiedByOne
    let gaps = trigger.inputs.map { missing($0, partition, trigger) }
    let isEnough = isAny && gaps.contains { $0.isEmpty }
    for (input, gap) in zip(trigger.inputs, gaps) {
      if gap.isEmpty {
        explanation.pass("data", "'\(input.dataset)' is there, or not waited for")
      } else if isEnough {
        explanation.pass("data", "'\(input.dataset)' is not all there, and another one is enough")
      } else {
        explainMissing(input.dataset, gap, input.producer, until: "", &explanation)
      }
    }
    return explanation
  }

  /// The partitions of an input that are not there and not excused.
  private func missing(
    _ input: LiveTrigger.Input, _ partition: PartitionInterval?, _ trigger: LiveTrigger
  ) -> [String] {
    guard let partition else { return ledger.newest(of: input.dataset) == nil ? [""] : [] }
    let required = RequiredPartitions(release: latest.release, calendars: latest.calendars)
    var keys: Set<String> = []
    for read in input.reads {
      let wanted = required.partitions(of: read, by: partition, reader: trigger.place) ?? []
      keys.formUnion(
        wanted.filter { key in
          read.terms.onMissing == .ignore
            ? isStillToCome(input.dataset, key, of: input.producer) : !ledger.contains(input.dataset, key)
        })
    }
    return keys.sorted()
  }

  /// Says what is not there, and what makes it.
  ///
  /// - Parameters:
  ///   - missing: the keys; none: as fresh as it is asked for.
  ///   - until: how long it is waited for, after a semicolon.
  func explainMissing(
    _ dataset: DatasetName, _ missing: [String], _ line: Int, until: String, _ explanation: inout Explanation
  ) {
    let name = lines[line].name
    let keys = missing.prefix(3).map { $0.isEmpty ? "'\(dataset)'" : "'\(dataset)@\($0)'" }
    let more = missing.count > 3 ? " and \(missing.count - 3) more" : ""
    let what = keys.isEmpty ? "'\(dataset)' as fresh as asked for" : keys.joined(separator: ", ") + more
    let range = missing.first.flatMap { $0.isEmpty ? nil : " --from \($0) --to \(missing.last ?? $0)" } ?? ""
    let makers = missing.compactMap { lines[line].liveRuns[$0]?.first { hasYetToMake($0, dataset) } }
    if paused.contains(.pipeline(name)) {
      explanation.block(
        "data", "\(what) is not there, and '\(name)' is paused\(until)", next: "heddle resume \(name)")
    } else if let maker = makers.first {
      let runs = makers.count > 1 ? "\(makers.count) runs of '\(name)' make it" : "run \(maker) makes it"
      explanation.block("data", "\(what) is not there; \(runs)\(until)", next: "heddle explain \(maker)")
    } else if let schedule = lines[line].schedule, let tick = schedule.due.next(after: countedTo(line)),
      missing.allSatisfy({ canCome(line, $0) })
    {
      explanation.block("data", "\(what) is not there; '\(name)' is due at \(tick.sqliteText)Z\(until)")
    } else if lines[line].trigger != nil, let first = missing.first, missing.allSatisfy({ canCome(line, $0) })
    {
      explanation.block(
        "data", "\(what) is not there; '\(name)' is due once its own data is there\(until)",
        next: "heddle explain \(name)@\(first)")
    } else {
      explanation.block(
        "data", "\(what) is not there, and '\(name)' does not make it by itself any more\(until)",
        next: "heddle backfill \(name)\(range)")
    }
  }
}
