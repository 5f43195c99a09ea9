import Basics
import Lineage
import MeshModel
import Timetables

/// Which partitions of a dataset a reader's partition needs: the same for starting a task, for planning a
/// backfill, and for explaining either.
struct RequiredPartitions {
  let release: Release
  /// For each pipeline of the graph its calendar; nil where it has no partitions.
  let calendars: [PartitionCalendar?]

  /// The keys that are needed, ascending; nil: the reader has no interval, so it takes what is there.
  ///
  /// Equal grains are matched by key, whatever their zones; else the producer's partitions that cover the
  /// reader's interval. Partitions outside the producer's `start` and `end` are needed all the same: they
  /// cannot come, and `on_missing` says what that means.
  func partitions(of read: MeshGraph.Read, by partition: PartitionInterval?, reader: Int) -> [String]? {
    guard let writer = release.graph.datasets[read.dataset]?.writer else { return [] }
    let producer = release.graph.nodes[writer].pipeline
    guard let calendar = calendars[producer] else { return [""] }
    guard let own = calendars[reader], var partition else { return nil }
    for _ in 0..<min(abs(read.terms.offset), 10_000) {
      let next = read.terms.offset < 0 ? own.previous(before: partition) : own.next(after: partition)
      guard let next else { return [] }
      partition = next
    }
    if let window = read.terms.window {
      let start = min(partition.end - window, partition.start)
      return calendar.covering(start: start, end: partition.end).map(\.key)
    }
    if release.graph.pipelines[producer].grain == release.graph.pipelines[reader].grain {
      return [partition.key]
    }
    return calendar.covering(start: partition.start, end: partition.end).map(\.key)
  }
}
