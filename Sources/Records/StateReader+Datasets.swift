import Basics
import MeshModel
import SQLite

extension StateReader {
  /// When what readers may take of a dataset was renewed last; nil: there is nothing. What a skipped task
  /// leaves standing counts as of when it was made.
  public func renewal(of dataset: DatasetName) throws(RecordsError) -> Instant? {
    try snapshot { _ in
      try firstRow(
        """
        SELECT max(changed_at) FROM dataset_partitions WHERE dataset = ? AND standing <> 'missing'
        """
      ) {
        $0.add(dataset.description)
      } _: {
        try $0.optionalInstant(0)
      } ?? nil
    }
  }

  /// What holds for the partitions of a dataset that begin in a span of time, sorted by key; all without one.
  ///
  /// A partition that has no row was never made.
  public func partitions(
    of dataset: DatasetName, from start: Instant? = nil, until end: Instant? = nil
  ) throws(RecordsError) -> [DatasetPartition] {
    try snapshot { _ in
      try rows(
        """
        SELECT \(DatasetPartition.columns) FROM dataset_partitions WHERE dataset = ?1
          AND (?2 IS NULL OR interval_start >= ?2) AND (?3 IS NULL OR interval_start < ?3)
        ORDER BY partition
        """
      ) {
        $0.add(dataset.description)
        $0.add(start)
        $0.add(end)
      } _: {
        try DatasetPartition($0)
      }
    }
  }

  /// What holds for partitions by their keys, the last first. A page costs its own length: how many there are
  /// would have to be counted, so nobody is told.
  ///
  /// - Parameters:
  ///   - first: the least key; nil: any.
  ///   - last: the greatest key; nil: any.
  ///   - before: only keys less than this one.
  public func partitions(
    of dataset: DatasetName, keysFrom first: String?, to last: String?, before: String?, limit: Int
  ) throws(RecordsError) -> [DatasetPartition] {
    try snapshot { _ in
      try rows(
        """
        SELECT \(DatasetPartition.columns) FROM dataset_partitions
        WHERE dataset = ?1 AND partition >= ?2 AND partition <= min(?3, ?4) AND partition <> ?4
        ORDER BY partition DESC LIMIT ?5
        """
      ) {
        $0.add(dataset.description)
        $0.add(first ?? "")
        $0.add(last ?? Self.greatestKey)
        $0.add(before ?? Self.greatestKey)
        $0.add(limit)
      } _: {
        try DatasetPartition($0)
      }
    }
  }

  /// No key is greater.
  public static let greatestKey = "\u{10FFFF}"

  /// The key of the partition that so many of a dataset's follow or are; nil: there are fewer.
  public func partitionKey(of dataset: DatasetName, fromLast place: Int) throws(RecordsError) -> String? {
    try snapshot { _ in
      try firstRow(
        "SELECT partition FROM dataset_partitions WHERE dataset = ? ORDER BY partition DESC LIMIT 1 OFFSET ?"
      ) {
        $0.add(dataset.description)
        $0.add(max(0, place - 1))
      } _: {
        try $0.text(0)
      }
    }
  }

  /// What holds for the last partition of a dataset by its key; nil: nothing was ever made or marked.
  public func latestPartition(of dataset: DatasetName) throws(RecordsError) -> DatasetPartition? {
    try snapshot { _ in
      try firstRow(
        """
        SELECT \(DatasetPartition.columns) FROM dataset_partitions WHERE dataset = ?
        ORDER BY partition DESC LIMIT 1
        """
      ) {
        $0.add(dataset.description)
      } _: {
        try DatasetPartition($0)
      }
    }
  }

  /// What holds for one partition; the key is empty for a dataset without partitions.
  public func partition(of dataset: DatasetName, key: String) throws(RecordsError) -> DatasetPartition? {
    try snapshot { _ in
      try firstRow(
        "SELECT \(DatasetPartition.columns) FROM dataset_partitions WHERE dataset = ? AND partition = ?"
      ) {
        $0.add(dataset.description)
        $0.add(key)
      } _: {
        try DatasetPartition($0)
      }
    }
  }

  /// The versions of a partition, the latest first.
  public func materializations(of dataset: DatasetName, partition: String, limit: Int = 20)
    throws(RecordsError) -> [MaterializationSummary]
  {
    try snapshot { _ in
      try materializations("dataset = ? AND partition = ? AND accepted IS NULL ORDER BY id DESC LIMIT ?") {
        $0.add(dataset.description)
        $0.add(partition)
        $0.add(limit)
      }
    }
  }

  func materializations(of run: RunID) throws -> [MaterializationSummary] {
    try materializations("run = ? ORDER BY id") { $0.add(run) }
  }

  private func materializations(_ condition: String, _ bind: (inout Binding) -> Void) throws
    -> [MaterializationSummary]
  {
    var found = try rows(
      """
      SELECT id, dataset, partition, rows, at, run, task, each_index, number FROM materializations
      WHERE \(condition)
      """, bind
    ) { row in
      MaterializationSummary(
        id: try row.int64(0), dataset: try row.dataset(1), partition: try row.text(2),
        attempt: try row.optionalInt64(5) == nil ? nil : try row.attempt(5), rows: try row.optionalInt64(3),
        at: try row.instant(4), inputs: [])
    }
    for place in found.indices {
      found[place].inputs = try inputs(of: found[place].id)
    }
    return found
  }
}
