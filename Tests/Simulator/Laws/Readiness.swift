import Basics
import MeshModel
import Timetables

/// What a task waits for, worked out from the chronicle and the declarations alone.
enum Readiness {
  /// The certain verdict of an instance's trigger rule; nil: its upstreams may still decide it.
  static func verdict(of id: InstanceID, in run: Chronicle.Run) -> TriggerOracle.Verdict? {
    let task = run.facts.tasks[id.task]
    var ends = TriggerOracle.Ends()
    var open = 0
    for upstream in task.upstream where run.takesPart(upstream) {
      if run.isFinal(upstream) {
        for instance in (run.instances[upstream] ?? [:]).values {
          count(instance.state, upstream, run, &ends)
        }
      } else {
        open += 1
      }
    }
    if let leader = task.follows, run.takesPart(leader) {
      if let instance = run.instances[leader]?[id.index], instance.state.isFinal {
        count(instance.state, leader, run, &ends)
      } else {
        open += 1
      }
    }
    // One that is still open may end in several ways at once, if it has several instances.
    return TriggerOracle.certain(task.rule, ends, open: 2 * open)
  }

  private static func count(
    _ state: InstanceState, _ task: Int, _ run: Chronicle.Run, _ ends: inout TriggerOracle.Ends
  ) {
    switch state {
    case .success: ends.successes += 1
    case .failed where run.facts.tasks[task].declared.allowFailure: ends.successes += 1
    case .failed, .upstreamFailed, .cancelled: ends.failures += 1
    case .skipped: ends.skips += 1
    case .waiting, .deferred, .queued, .running, .retrying: break
    }
  }

  /// The keys of the partitions that a read needs; nil: it takes what is there, whatever that is.
  static func required(
    _ read: ReadDeclaration, by run: Chronicle.Run, producer: Pipeline
  ) -> [String]? {
    required(read, by: run.record.partition, run.facts.pipeline.grain, producer: producer.grain)
  }

  /// The same for a partition that has no run.
  static func required(
    _ read: ReadDeclaration, by partition: PartitionInterval?, _ ownGrain: Grain?, producer: Grain?
  ) -> [String]? {
    guard let grain = producer else { return [""] }
    guard let own = partition, let ownGrain else { return nil }
    let shift = Int64(read.offset) * length(ownGrain)
    let (start, end) = (own.start.seconds + shift, own.end.seconds + shift)
    let step = length(grain)
    var first = start
    if let window = read.window { first = min(end - window.components.seconds, start) }
    var keys: [String] = []
    var at = first.flooredToMultiple(of: step)
    while at < end {
      keys.append(key(at, grain))
      at += step
    }
    return keys
  }

  /// Seconds of a period of a pipeline in UTC; the simulator has hours and days.
  static func length(_ grain: Grain) -> Int64 { grain == .hourly ? 3600 : 86_400 }

  static func key(_ seconds: Int64, _ grain: Grain) -> String {
    let civil = CivilTime(secondsSinceEpoch: seconds)
    guard grain == .hourly else { return civil.dateText }
    let hour = (seconds % 86_400) / 3600
    return civil.dateText + (hour < 10 ? "T0\(hour):00" : "T\(hour):00")
  }

  static func interval(ofKey key: String, _ grain: Grain) -> PartitionInterval? {
    try? PartitionCalendar(grain: grain, zone: .utc).partition(key: key)
  }

  static func interval(_ seconds: Int64, _ grain: Grain) -> PartitionInterval {
    let start = seconds.flooredToMultiple(of: length(grain))
    return PartitionInterval(
      key: key(start, grain), start: Instant(seconds: start),
      end: Instant(seconds: start + length(grain)))
  }
}

extension Int64 {
  func flooredToMultiple(of step: Int64) -> Int64 {
    let rest = self % step
    return rest < 0 ? self - rest - step : self - rest
  }
}
