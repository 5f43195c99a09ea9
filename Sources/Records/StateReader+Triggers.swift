import Basics
import MeshModel

extension StateReader {
  /// How far what came was looked at, sorted by pipeline.
  func triggers() throws -> [TriggerRecord] {
    try rows("SELECT pipeline, meaning, counts_from, counted_to FROM data_triggers ORDER BY pipeline") {
      row in
      guard let pipeline = PipelineName(try row.text(0)) else { throw row.wrong(0) }
      return TriggerRecord(
        pipeline: pipeline, meaning: try row.text(1), countsFrom: try row.int64(2),
        countedTo: try row.int64(3))
    }
  }

  /// Whether data makes the pipeline due, as far as any owner knew.
  public func hasTrigger(_ pipeline: PipelineName) throws(RecordsError) -> Bool {
    try snapshot { _ in try triggers().contains { $0.pipeline == pipeline } }
  }

  /// What stands of some datasets and was published after a number, in that order, at most so many.
  public func publications(
    of datasets: [DatasetName], after number: Int64, limit: Int
  ) throws(RecordsError) -> [PublishedPartition] {
    try snapshot { _ in
      var found: [PublishedPartition] = []
      for dataset in datasets {
        found += try rows(
          """
          SELECT published, partition, version, content FROM dataset_partitions
          WHERE dataset = ? AND published > ? AND standing <> 'missing' ORDER BY published LIMIT ?
          """
        ) {
          $0.add(dataset.description)
          $0.add(number)
          $0.add(limit)
        } _: {
          PublishedPartition(
            number: try $0.int64(0), dataset: dataset, partition: try $0.text(1),
            version: try $0.optionalInt64(2) ?? 0, content: try $0.optionalInt64(3))
        }
      }
      // One change may publish several datasets, each with a number of its own.
      return Array(found.sorted { $0.number < $1.number }.prefix(limit))
    }
  }

  /// What is counted in with the last arrival of a pipeline's partition; nil: it never was complete.
  public func lastArrival(of pipeline: PipelineName, partition: String) throws(RecordsError) -> Int64? {
    try snapshot { _ in
      try firstRow(
        "SELECT number FROM arrivals WHERE pipeline = ? AND partition = ? ORDER BY number DESC LIMIT 1"
      ) {
        $0.add(pipeline.description)
        $0.add(partition)
      } _: {
        try $0.int64(0)
      }
    }
  }

  /// What the successful attempts of a run read.
  public func inputs(of run: RunID) throws(RecordsError) -> Set<InputVersion> {
    try snapshot { _ in
      var inputs: Set<InputVersion> = []
      try eachRow("SELECT inputs FROM attempts WHERE run = ? AND state = 'success' AND inputs IS NOT NULL") {
        $0.add(run)
      } _: { row in
        guard let read = [InputVersion](json: try row.json(0)) else { throw row.wrong(0) }
        inputs.formUnion(read)
      }
      return inputs
    }
  }

  /// What became of the data that came for a pipeline, the latest first.
  ///
  /// - Parameter partition: only of this one; nil: of all.
  public func arrivals(
    of pipeline: PipelineName, partition: String? = nil, limit: Int
  ) throws(RecordsError) -> [ArrivalRecord] {
    try snapshot { _ in
      try rows(
        """
        SELECT partition, interval_start, interval_end, number, because, outcome, run, reason_code,
          reason_text, decided_at
        FROM arrivals WHERE pipeline = ?1 AND (?2 IS NULL OR partition = ?2)
        ORDER BY number DESC, partition DESC LIMIT ?3
        """
      ) {
        $0.add(pipeline.description)
        $0.add(partition)
        $0.add(limit)
      } _: { row in
        let outcome = TickRecord.Outcome(
          word: try row.text(5), run: try row.optionalInt64(6), reason: try row.reason(7))
        guard let outcome else { throw row.wrong(5) }
        guard let because = [InputVersion](json: try row.json(4)) else { throw row.wrong(4) }
        let number = try row.int64(3)
        return ArrivalRecord(
          pipeline: pipeline, partition: try row.partition(0), number: number, because: because,
          outcome: outcome, decidedAt: try row.instant(9), countedTo: number)
      }
    }
  }
}
