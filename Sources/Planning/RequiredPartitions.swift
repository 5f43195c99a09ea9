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

  /// An offset reaches so many partitions at most.
  static let farthest = 10_000

  /// The keys that are needed, ascending; nil: the reader has no interval, so it takes what is there.
  ///
  /// Equal grains are matched by key, whatever their zones; else the producer's partitions that cover the
  /// reader's interval. Partitions outside the producer's `start` and `end` are needed all the same: they
  /// cannot come, and `on_missing` says what that means.
  func partitions(of read: MeshGraph.Read, by partition: PartitionInterval?, reader: Int) -> [String]? {
    guard let writer = release.graph.datasets[read.dataset]?.writer else { return [] }
    let producer = release.graph.nodes[writer].pipeline
    guard let calendar = calendars[producer] else { return [""] }
    guard let own = calendars[reader], let partition else { return nil }
    guard let partition = ReaderPartitions.shifted(partition, by: read.terms.offset, own) else { return [] }
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

extension RequiredPartitions {
  /// The partitions of a reader that need one of a dataset; nil: its calendar has none that does.
  func readers(of key: String, of read: MeshGraph.Read, reader: Int) -> ReaderPartitions? {
    guard let writer = release.graph.datasets[read.dataset]?.writer, let own = calendars[reader] else {
      return nil
    }
    let producer = release.graph.nodes[writer].pipeline
    let isMatchedByKey =
      read.terms.window == nil
      && release.graph.pipelines[producer].grain == release.graph.pipelines[reader].grain
    let calendar = isMatchedByKey ? own : calendars[producer]
    guard let published = try? calendar?.partition(key: key) else { return nil }
    return ReaderPartitions(
      of: published, window: read.terms.window, offset: read.terms.offset, calendar: own)
  }
}
