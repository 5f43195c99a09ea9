import Basics
import Lineage
import MeshModel
import Planning
import Records
import Timetables

/// Stale partitions that an operator declares good as they are.
public struct AcceptWish: Hashable, Sendable {
  /// Partition keys of any grain, both included.
  public struct Range: Hashable, Sendable {
    public var from: String
    public var to: String

    public init(from: String, to: String) {
      self.from = from
      self.to = to
    }
  }

  /// A dataset, one of its partitions with `@`, or a selector.
  public var what: String
  /// Nil: whichever are stale.
  public var range: Range?

  public init(what: String, range: Range? = nil) {
    self.what = what
    self.range = range
  }
}

extension Owner {
  /// Has what is stale of what is meant count as made by the code and of the inputs of now.
  func accept(_ wish: AcceptWish, _ scheduler: inout Scheduler) throws(SessionError) -> ControlReply {
    let staleness = Staleness(project, reader: reader)
    let found = try stale(wish, staleness)
    guard !found.isEmpty else { return .done("nothing of '\(wish.what)' is stale") }
    let reason = Reason("accepted", "accepted as it is")
    for partition in found {
      guard let node = project.graph.datasets[partition.dataset]?.writer else { continue }
      let inputs: [InputVersion]?
      do { inputs = try reader.basis(of: partition.dataset, key: partition.key) } catch {
        throw SessionError(error)
      }
      let event = SchedulerEvent.accept(
        partition.dataset, partition: partition.key, inputs: inputs ?? [], code: staleness.code(of: node),
        reason)
      scheduler.handle(event, at: time.now)
    }
    let name = found[0].key.isEmpty ? "\(found[0].dataset)" : "\(found[0].dataset)@\(found[0].key)"
    return .done(
      found.count == 1
        ? "'\(name)' is accepted: it is not stale any more"
        : "\(found.count) partitions are accepted: they are not stale any more")
  }

  /// What of it is stale now.
  func stale(_ wish: AcceptWish, _ staleness: Staleness) throws(SessionError) -> [StalePartition] {
    let parts = wish.what.split(separator: "@", maxSplits: 1)
    do {
      if parts.count == 2, let dataset = DatasetName(parts[0]) {
        _ = try DatasetMark.partition(of: dataset, String(parts[1]), in: project)
        return try staleness.partition(of: dataset, key: String(parts[1])).map { [$0] } ?? []
      }
      let datasets: [DatasetName]
      // A dataset alone is itself, and not all that its writer writes beside it.
      if let dataset = DatasetName(wish.what), project.graph.datasets[dataset]?.writer != nil {
        datasets = [dataset]
      } else {
        datasets = try project.nodes(selectedBy: wish.what, reader: reader).map { project.graph.nodes[$0] }
          .filter { wish.range == nil || project.graph.pipelines[$0.pipeline].grain != nil }
          .flatMap(\.writes)
      }
      var found: [StalePartition] = []
      for dataset in datasets {
        guard let writer = project.graph.datasets[dataset]?.writer else { continue }
        let range = try span(wish.range, of: project.graph.pipelines[project.graph.nodes[writer].pipeline])
        try staleness.eachStale(of: dataset) { partition in
          if range.map({ ($0.from..<$0.to).contains(partition.start ?? $0.to) }) ?? true {
            found.append(partition)
          }
          return true
        }
      }
      return found
    } catch {
      throw SessionError(wrapping: error)
    }
  }

  /// The moments from which and until which partitions begin that lie in a range; nil: there is none.
  private func span(
    _ range: AcceptWish.Range?, of pipeline: Pipeline
  ) throws(SessionError) -> (from: Instant, to: Instant)? {
    guard let range else { return nil }
    guard let calendar = try PartitionCalendar.known(for: pipeline) else {
      throw SessionError(
        .invalid, "'\(pipeline.name)' has no partitions, so there is no range of them",
        help: "leave --from and --to away")
    }
    func interval(_ key: String) throws(SessionError) -> PartitionInterval {
      guard let grain = Grain(ofKey: key) else {
        throw SessionError(.invalid, "'\(key)' is no partition key", help: "write one such as 2013-01-31")
      }
      do { return try PartitionCalendar(grain: grain, zone: calendar.zone).partition(key: key) } catch {
        throw SessionError(.invalid, error.message, help: error.help)
      }
    }
    let (first, last) = (try interval(range.from), try interval(range.to))
    guard first.start < last.end else {
      throw SessionError(
        .invalid, "the range ends before it begins: '\(range.from)' to '\(range.to)'",
        help: "swap --from and --to")
    }
    return (first.start, last.end)
  }
}
