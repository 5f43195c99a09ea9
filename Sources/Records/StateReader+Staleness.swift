import Basics
import MeshModel
import SQLite

/// A partition that is not any more what its code makes of its inputs.
public struct StalePartition: Sendable, Hashable {
  /// An input that has moved on.
  public struct Input: Sendable, Hashable {
    public var dataset: DatasetName
    /// `InputVersion.allPartitions`: the dataset as a whole.
    public var partition: String
    /// Which run made what is there now, if one did and it is one partition.
    public var run: RunID?
  }

  public var dataset: DatasetName
  /// Empty for a dataset without partitions.
  public var key: String
  public var start: Instant?
  public var version: Int64
  /// The run that made it; nil: an operator declared it.
  public var run: RunID?
  /// Its task means something else now.
  public var isOfOtherCode: Bool
  /// Sorted.
  public var inputs: [Input]
}

extension StateReader {
  /// The partitions of a dataset that are stale, in the order of their keys.
  ///
  /// What was made before this was recorded, and what a task was rightly skipped for, is not.
  ///
  /// - Parameters:
  ///   - code: what the task that writes it means now; nil: that does not count.
  ///   - keys: only the partitions of these keys.
  ///   - body: told each; false: that is enough.
  public func eachStale(
    of dataset: DatasetName, code: String?, keys: (first: String, last: String)? = nil,
    from start: Instant? = nil,
    until end: Instant? = nil, _ body: (StalePartition) -> Bool
  ) throws(RecordsError) {
    try snapshot { _ in
      var digests: [DatasetName: Int64] = [:]
      var current: StalePartition?
      let statement = try connection.cached(Self.movedOn)
      defer { statement.rewind() }
      var binding = Binding(statement)
      binding.add(dataset.description)
      binding.add(code)
      binding.add(keys?.first ?? "")
      binding.add(start)
      binding.add(end)
      binding.add(keys?.last ?? Self.greatestKey)
      let row = Row(statement: statement)
      while try statement.step() {
        if try current.map({ try !row.isText($0.key, 0) }) ?? true {
          if let current, current.isStale, !body(current) { return }
          current = StalePartition(
            dataset: dataset, key: try row.text(0), start: try row.optionalInstant(1),
            version: try row.int64(2), run: try row.optionalInt64(3), isOfOtherCode: try row.int(4) != 0,
            inputs: [])
        }
        guard try row.int(9) != 0 else { continue }
        let input = StalePartition.Input(
          dataset: try row.dataset(5), partition: try row.text(6), run: try row.optionalInt64(8))
        if input.partition == InputVersion.allPartitions {
          let digest = try digests[input.dataset] ?? contentDigest(of: input.dataset)
          digests[input.dataset] = digest
          if try row.optionalInt64(7) == digest { continue }
        }
        current?.inputs.append(input)
      }
      if let current, current.isStale { _ = body(current) }
    }
  }

  /// Whether an input has moved on; a dataset as a whole may have.
  private static let hasMoved = """
    i.partition = '*' OR n.version IS NOT NULL
      AND iif(i.content IS NULL OR n.content IS NULL, i.version <> n.version, i.content <> n.content)
    """

  /// The partitions of other code and those with inputs that have moved on, a row for each input.
  private static let movedOn = """
    SELECT p.partition, p.interval_start, p.version, p.run, ifnull(b.code <> ?2, 0), i.dataset, i.partition,
      i.content, n.run, ifnull(\(hasMoved), 0)
    FROM dataset_partitions AS p
      JOIN materializations AS b ON b.id = coalesce(p.accepted, p.version)
      LEFT JOIN materialization_inputs AS i ON i.materialization = b.id
      LEFT JOIN dataset_partitions AS n ON n.dataset = i.dataset AND n.partition = i.partition
    WHERE p.dataset = ?1 AND p.standing IN ('made', 'declared')
      AND p.partition BETWEEN ?3 AND ?6
      AND (?4 IS NULL OR p.interval_start >= ?4) AND (?5 IS NULL OR p.interval_start < ?5)
      AND (b.code <> ?2 OR \(hasMoved))
    ORDER BY p.partition
    """

  /// What there is of a dataset as a whole, as a reader of all its partitions has it recorded.
  private func contentDigest(of dataset: DatasetName) throws -> Int64 {
    var sum: Int64 = 0
    try eachRow(
      "SELECT partition, version, content FROM dataset_partitions WHERE dataset = ? AND version IS NOT NULL"
    ) {
      $0.add(dataset.description)
    } _: { row in
      sum &+= InputVersion.share(
        of: try row.text(0), version: try row.int64(1), content: try row.optionalInt64(2))
    }
    return sum
  }

  /// What a partition counts as made of: the inputs of its version, or of what an operator accepted.
  public func basis(of dataset: DatasetName, key: String) throws(RecordsError) -> [InputVersion]? {
    try snapshot { _ in
      let basis = try firstRow(
        """
        SELECT coalesce(accepted, version) FROM dataset_partitions
        WHERE dataset = ? AND partition = ? AND version IS NOT NULL
        """
      ) {
        $0.add(dataset.description)
        $0.add(key)
      } _: {
        try $0.int64(0)
      }
      return try basis.map { try inputs(of: $0) }
    }
  }

  func inputs(of version: Int64) throws -> [InputVersion] {
    try rows(
      """
      SELECT dataset, partition, version, content FROM materialization_inputs WHERE materialization = ?
      ORDER BY dataset, partition, version
      """
    ) {
      $0.add(version)
    } _: { row in
      InputVersion(
        dataset: try row.dataset(0), partition: try row.text(1), version: try row.int64(2),
        content: try row.optionalInt64(3))
    }
  }
}

extension StalePartition {
  fileprivate var isStale: Bool { isOfOtherCode || !inputs.isEmpty }
}
