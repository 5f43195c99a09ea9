import Basics
import MeshModel
import SQLite

/// What stands in a state file, in a few numbers.
public struct StateFacts: Sendable, Hashable {
  public var stateID: String
  public var schema: Int
  public var events: Int64
  public var runs: Int64
  public var instances: Int64
  public var unfinishedRuns: Int64
  /// When the newest event was decided; nil: there is none.
  public var newestEvent: Instant?
  public var bytes: Int64
}

/// A partition that counts as made by an attempt.
public struct MadePartition: Sendable, Hashable {
  public var dataset: DatasetName
  /// Empty for a dataset without partitions.
  public var partition: String
  public var key: AttemptKey
  /// What kind of task made it, by its release: `sql`, `load` or `run`.
  public var taskKind: String
}

extension StateReader {
  /// How much there is of everything.
  public func facts() throws(RecordsError) -> StateFacts {
    try snapshot { _ in
      // The clock may step between events, and their moments have no index.
      let newest = try firstRow("SELECT max(at) FROM (SELECT at FROM events ORDER BY seq DESC LIMIT 1000)") {
        try $0.optionalInstant(0)
      }
      return StateFacts(
        stateID: try StateFile.stateID(connection, connection.path), schema: try connection.schemaNumber,
        events: try connection.integer(of: "SELECT count(*) FROM events"),
        runs: try connection.integer(of: "SELECT count(*) FROM runs"),
        instances: try connection.integer(of: "SELECT count(*) FROM task_instances"),
        unfinishedRuns: try connection.integer(
          of: "SELECT count(*) FROM runs WHERE state IN ('queued', 'running')"),
        newestEvent: newest ?? nil,
        bytes: try connection.integer(of: "PRAGMA page_count")
          * connection.integer(of: "PRAGMA page_size"))
    }
  }

  /// Partitions that count as made by an attempt, after one in the order of dataset and key.
  public func madePartitions(
    after last: (dataset: String, partition: String)?, limit: Int = 1000
  ) throws(RecordsError) -> [MadePartition] {
    try snapshot { _ in
      try rows(
        """
        SELECT p.dataset, p.partition, a.attempt_key, coalesce(t.kind, '')
        FROM dataset_partitions AS p
          JOIN materializations AS m ON m.id = p.version
          JOIN attempts AS a ON (a.run, a.task, a.each_index, a.number) = (m.run, m.task, m.each_index, m.number)
          JOIN runs AS r ON r.id = a.run
          LEFT JOIN release_tasks AS t ON (t.release, t.pipeline, t.task) = (r.release, r.pipeline, a.task)
        WHERE (p.dataset, p.partition) > (?1, ?2) AND p.standing = 'made'
        ORDER BY p.dataset, p.partition LIMIT ?3
        """
      ) {
        $0.add(last?.dataset ?? "")
        $0.add(last?.partition ?? "")
        $0.add(limit)
      } _: {
        MadePartition(
          dataset: try $0.dataset(0), partition: try $0.text(1), key: AttemptKey(try $0.text(2)),
          taskKind: try $0.text(3))
      }
    }
  }

  /// What the record says of attempts by their keys, one entry for each key.
  public func knowledge(of keys: [AttemptKey]) throws(RecordsError) -> [AttemptKnowledge] {
    try snapshot { _ in
      let lastRun = try connection.integer(of: "SELECT max(id) FROM runs")
      let stateID = try StateFile.stateID(connection, connection.path)
      return try keys.map { key in
        guard let id = key.attempt else { return .foreign }
        let found = try firstRow(
          """
          SELECT state, attempt_key FROM attempts
          WHERE run = ? AND task = ? AND each_index = ? AND number = ?
          """
        ) {
          $0.add(id)
        } _: {
          (state: try $0.word(0, AttemptState.self), key: try $0.text(1))
        }
        if let found, found.key == key.text { return .known(found.state) }
        guard key.attempt(inState: stateID) != nil else { return .foreign }
        return try id.instance.run > lastRun || exists(id.instance.run) ? .unknown : .removed
      }
    }
  }

  private func exists(_ run: RunID) throws -> Bool {
    try firstRow("SELECT 1 FROM runs WHERE id = ?") {
      $0.add(run)
    } _: { _ in
      true
    } ?? false
  }
}

/// What the record says of an attempt by its key.
public enum AttemptKnowledge: Sendable, Hashable {
  case known(AttemptState)
  /// The key is of this state, and the record does not have it.
  case unknown
  /// Its run was removed by retention.
  case removed
  /// The key is of another state.
  case foreign
}

extension AttemptKey {
  /// The attempt that the key names, whatever state file it is of.
  var attempt: AttemptID? {
    guard let name = text.split(separator: "-", omittingEmptySubsequences: false).first else { return nil }
    return attempt(inState: String(name))
  }
}
