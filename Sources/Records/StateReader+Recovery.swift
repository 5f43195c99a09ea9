import Basics
import MeshModel
import SQLite

extension StateReader {
  /// Tells state files apart; part of every attempt key.
  public func stateID() throws(RecordsError) -> String {
    try snapshot { _ in try StateFile.stateID(connection, connection.path) }
  }

  /// The release that was taken last: a new one need not be recorded when its digest is the same.
  public func lastRelease() throws(RecordsError) -> (id: ReleaseID, digest: String)? {
    try snapshot { _ in
      try firstRow("SELECT id, digest FROM releases ORDER BY id DESC LIMIT 1") {
        (id: try $0.int64(0), digest: try $0.text(1))
      }
    }
  }

  /// Hands on every partition of every dataset that readers need not wait for: made, declared good, or
  /// covered because its task was rightly skipped.
  ///
  /// In one pass, for there may be millions.
  ///
  /// - Parameters:
  ///   - dataset: told when the partitions of another dataset begin.
  ///   - partition: told each of its partitions, in the order of the bytes of their keys: the key, which is
  ///     empty for a dataset without partitions, its version, which is nil where the task was skipped, what
  ///     tells its content from others, the run that made it, if one did, and when that was.
  public func eachPublished(
    dataset: (DatasetName) -> Void,
    partition: (
      UnsafeBufferPointer<UInt8>, _ version: Int64?, _ content: Int64?, _ run: RunID?, _ at: Instant
    ) -> Void
  ) throws(RecordsError) {
    try snapshot { _ in
      var name: String?
      try eachRow(
        """
        SELECT dataset, partition, version, run, changed_at, content
        FROM dataset_partitions WHERE standing <> 'missing' ORDER BY dataset, partition
        """
      ) { row in
        if try name.map({ try !row.isText($0, 0) }) ?? true {
          name = try row.text(0)
          dataset(try row.dataset(0))
        }
        guard row.statement.storage(1) == .text else { throw row.wrong(1) }
        let (version, run, at) = (try row.optionalInt64(2), try row.optionalInt64(3), try row.instant(4))
        let content = try row.optionalInt64(5)
        row.statement.withUTF8(1) { key in
          partition(key ?? UnsafeBufferPointer(start: nil, count: 0), version, content, run, at)
        }
      }
    }
  }

  /// The latest run of each partition of a pipeline, sorted by partition. One that is not final counts as
  /// later than any that is: a second one may have been cancelled while the first goes on.
  public func latestRuns(of pipeline: PipelineName) throws(RecordsError) -> [LatestRun] {
    try snapshot { _ in
      let live = try latestRuns(
        """
        SELECT ifnull(partition, ''), id, state FROM runs
        WHERE pipeline = ? AND state IN ('queued', 'running') ORDER BY id
        """, pipeline)
      let latestLive = Dictionary(live.map { ($0.partition, $0) }, uniquingKeysWith: { _, later in later })
      return try latestRuns(
        """
        SELECT c.partition, c.run, r.state FROM current_runs AS c JOIN runs AS r ON r.id = c.run
        WHERE c.pipeline = ? ORDER BY c.partition
        """, pipeline
      ).map { latestLive[$0.partition] ?? $0 }
    }
  }

  private func latestRuns(_ sql: String, _ pipeline: PipelineName) throws -> [LatestRun] {
    try rows(sql) {
      $0.add(pipeline.description)
    } _: {
      LatestRun(partition: try $0.text(0), run: try $0.int64(1), state: try $0.word(2))
    }
  }

  /// Whether the pipeline ever had a run of a partition that begins before a moment.
  public func hasRuns(of pipeline: PipelineName, before moment: Instant) throws(RecordsError) -> Bool {
    try snapshot { _ in
      try firstRow(
        """
        SELECT 1 FROM current_runs AS c JOIN runs AS r ON r.id = c.run
        WHERE c.pipeline = ? AND r.interval_start < ? LIMIT 1
        """
      ) {
        $0.add(pipeline.description)
        $0.add(moment)
      } _: {
        _ in
        true
      } ?? false
    }
  }

  /// The names of the tasks that stand as successes for a partition: the latest run that a task was part of
  /// decides, and all its instances must have succeeded. Nil: the partition was never run.
  public func succeededTasks(of pipeline: PipelineName, partition: String) throws(RecordsError)
    -> Set<String>?
  {
    try snapshot { _ in
      let outcomes = try rows(
        """
        SELECT t.name, sum(i.state <> 'success')
        FROM runs AS r INDEXED BY runs_by_partition
          JOIN task_instances AS i ON i.run = r.id
          JOIN release_tasks AS t ON (t.release, t.pipeline, t.task) = (r.release, r.pipeline, i.task)
        WHERE r.partition = ? AND r.pipeline = ? GROUP BY r.id, i.task ORDER BY r.id DESC
        """
      ) {
        $0.add(partition)
        $0.add(pipeline.description)
      } _: {
        (try $0.text(0), try $0.int(1) == 0)
      }
      let isKnown = try latestRun(of: pipeline, partition: partition) != nil
      guard isKnown else { return nil }
      let latest = Dictionary(outcomes) { newest, _ in newest }
      return Set(latest.filter(\.value).keys)
    }
  }

  /// What the tasks of a pipeline told when they last succeeded for a partition, by the task's name.
  ///
  /// One entry for each of a task's instances, nil where that one told nothing.
  ///
  /// - Parameter partition: nil for a pipeline without partitions.
  public func outputs(
    of pipeline: PipelineName, partition: String?
  ) throws(RecordsError) -> [String: [String?]] {
    try snapshot { _ in
      let told = try rows(
        """
        SELECT r.id, t.name, o.output
        FROM runs AS r
          JOIN task_instances AS i ON i.run = r.id
          JOIN release_tasks AS t ON (t.release, t.pipeline, t.task) = (r.release, r.pipeline, i.task)
          LEFT JOIN outputs AS o
            ON (o.run, o.task, o.each_index, o.number) = (i.run, i.task, i.each_index, i.attempts)
        WHERE r.pipeline = ? AND r.partition IS ? AND i.state = 'success' AND i.attempts > 0
        ORDER BY r.id DESC, i.task, i.each_index
        """
      ) {
        $0.add(pipeline.description)
        $0.add(partition)
      } _: {
        (run: try $0.int64(0), task: try $0.text(1), output: try $0.optionalText(2))
      }
      var found: [String: (run: RunID, outputs: [String?])] = [:]
      for row in told where found[row.task].map({ $0.run == row.run }) ?? true {
        found[row.task, default: (row.run, [])].outputs.append(row.output)
      }
      return found.mapValues(\.outputs)
    }
  }
}
