import Basics
import MeshModel
import Timetables

/// The partitions of a reader that need one partition of a dataset, one after another: what
/// `RequiredPartitions` tells, the other way round.
struct ReaderPartitions: Sendable {
  private let calendar: PartitionCalendar
  /// What is published, and how far back it is read.
  private let start: Instant
  private let end: Instant
  private let window: Duration?
  /// The next partition whose data may be it, and the one that reads it.
  private var source: PartitionInterval?
  private var reader: PartitionInterval?

  /// Of a read that matches partitions by the time that they cover.
  ///
  /// - Parameter calendar: the reader's.
  init(of published: PartitionInterval, window: Duration?, offset: Int, calendar: PartitionCalendar) {
    self.calendar = calendar
    start = published.start
    end = published.end
    self.window = window
    source = calendar.partition(containing: published.start)
    reader = source.flatMap { Self.shifted($0, by: -offset, calendar) }
  }

  mutating func next() -> PartitionInterval? {
    guard let source, let reader else { return nil }
    guard source.start < end || window.map({ source.end - $0 < end }) ?? false else { return nil }
    self.source = calendar.next(after: source)
    self.reader = calendar.next(after: reader)
    return reader
  }

  /// The partition so many after one, or before it.
  static func shifted(_ partition: PartitionInterval, by count: Int, _ calendar: PartitionCalendar)
    -> PartitionInterval?
  {
    var current: PartitionInterval? = partition
    for _ in 0..<min(abs(count), RequiredPartitions.farthest) {
      current = current.flatMap { count < 0 ? calendar.previous(before: $0) : calendar.next(after: $0) }
    }
    return current
  }
}
