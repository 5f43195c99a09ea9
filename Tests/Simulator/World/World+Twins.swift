import Lineage
import MeshModel
import Orchestration
import Planning

extension World {
  /// Plays a pair of worlds with the same mesh and the same wishes, of which one crashes now and then, and
  /// holds against one another what they came to.
  static func playTwins(seed: UInt64, isTraced: Bool) -> Tally {
    let calm = World(seed: seed, twin: .calm, isTraced: isTraced)
    var done = calm.playTwin()
    let crashing = World(seed: seed, twin: .crashing, isTraced: isTraced)
    let crashed = crashing.playTwin()
    done.add(crashed)
    guard done.violations.isEmpty else { return done }
    Law13.compare(crashing.final, with: calm.final, crashing.court)
    done.violations = crashing.violations
    return done
  }

  /// Everything is asked for in the first turn; then the owner dies some times, or never.
  private func playTwin() -> Tally {
    begin()
    var batch: [EventLoop.Message] = []
    for request in allRuns() { wish(.run(request), &batch) }
    turn(batch)
    if twin == .crashing {
      let deaths = chance.number(1...12)
      agenda.add(.faultStrikes, after: chance.span(10, 1_000_000))
      while tally.restarts < deaths, chronicle.runs.count > 0, court.violations.isEmpty, turns < 100_000 {
        step()
      }
    }
    let done = conclude()
    for (dataset, partitions) in chronicle.partitions {
      for (key, standing) in partitions {
        final.partitions[DatasetPartitionName(dataset: dataset, partition: key)] = standing.version > 0
      }
    }
    return done
  }

  /// A run for each of some partitions of every pipeline: no two of one partition, for the order in which
  /// they end would tell what is there in between.
  private func allRuns() -> [RunRequest] {
    var requests: [RunRequest] = []
    for index in graph.pipelines.indices {
      guard let grain = graph.pipelines[index].grain else {
        requests.append(RunRequest(pipeline: index, partition: nil, cause: .manual))
        continue
      }
      let count = chance.number(1...4)
      for number in 0..<count {
        let at = Self.firstSecond + Int64(number) * Readiness.length(grain)
        requests.append(
          RunRequest(pipeline: index, partition: Readiness.interval(at, grain), cause: .manual))
      }
    }
    return requests
  }
}
