import Basics
import MeshModel
import SQLite

extension RecordTables {
  private static let insertMaterialization = """
    INSERT INTO materializations (id, dataset, partition, interval_start, interval_end, run, task, each_index,
      number, rows, code, content, at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    """

  private static let publish = """
    INSERT INTO dataset_partitions (dataset, partition, standing, version, run, interval_start, interval_end,
      changed_at, reason_code, reason_text, content, published)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?4)
    ON CONFLICT DO UPDATE SET standing = ?3, version = ?4, run = ?5, interval_start = ?6, interval_end = ?7,
      changed_at = ?8, reason_code = ?9, reason_text = ?10, content = ?11, accepted = NULL, published = ?4
    """

  func insert(_ materialization: MaterializationRecord) throws {
    let dataset = materialization.dataset.description
    let partition = materialization.partition
    try statement(Self.insertMaterialization) {
      $0.add(materialization.id)
      $0.add(dataset)
      $0.add(partition?.key ?? "")
      $0.add(partition?.start)
      $0.add(partition?.end)
      $0.add(materialization.attempt)
      $0.add(materialization.rows)
      $0.add(materialization.code)
      $0.add(materialization.content)
      $0.add(materialization.at)
    }.run()
    try insert(materialization.inputs, of: materialization.id)
    try statement(Self.publish) {
      $0.add(dataset)
      $0.add(partition?.key ?? "")
      $0.add(PartitionStanding.made.rawValue)
      $0.add(materialization.id)
      $0.add(materialization.attempt.instance.run)
      $0.add(partition?.start)
      $0.add(partition?.end)
      $0.add(materialization.at)
      $0.add(nil as Reason?)
      $0.add(materialization.content)
    }.run()
  }

  private func insert(_ inputs: [InputVersion], of version: Int64) throws {
    for input in inputs {
      // The same version of the same partition may be named by two reads of one task.
      try statement(
        """
        INSERT OR IGNORE INTO materialization_inputs (materialization, dataset, partition, version, content)
        VALUES (?, ?, ?, ?, ?)
        """
      ) {
        $0.add(version)
        $0.add(input.dataset.description)
        $0.add(input.partition)
        $0.add(input.version)
        $0.add(input.content)
      }.run()
    }
  }

  /// An earlier version of a skipped partition goes on to count, and is no fresher for it.
  private static let cover = """
    INSERT INTO dataset_partitions (dataset, partition, standing, run, interval_start, interval_end,
      changed_at, published)
    VALUES (?1, ?2, 'skipped', ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT DO UPDATE SET standing = 'skipped', run = ?3, interval_start = ?4, interval_end = ?5,
      changed_at = iif(standing = 'missing', ?6, changed_at), reason_code = NULL, reason_text = NULL,
      published = coalesce(?7, published)
    """

  func cover(
    _ dataset: DatasetName, _ partition: PartitionInterval?, _ instance: InstanceID, _ number: Int64?,
    _ at: Instant
  ) throws {
    try statement(Self.cover) {
      $0.add(dataset.description)
      $0.add(partition?.key ?? "")
      $0.add(instance.run)
      $0.add(partition?.start)
      $0.add(partition?.end)
      $0.add(at)
      $0.add(number)
    }.run()
  }

  /// The number of what was published stays: no other publication may have it again.
  func markMissing(_ dataset: DatasetName, _ partition: String, _ reason: Reason, _ at: Instant) throws {
    try statement(
      """
      INSERT INTO dataset_partitions (dataset, partition, standing, changed_at, reason_code, reason_text)
      VALUES (?1, ?2, 'missing', ?3, ?4, ?5)
      ON CONFLICT DO UPDATE SET standing = 'missing', version = NULL, run = NULL,
        changed_at = ?3, reason_code = ?4, reason_text = ?5, content = NULL, accepted = NULL
      """
    ) {
      $0.add(dataset.description)
      $0.add(partition)
      $0.add(at)
      $0.add(reason)
    }.run()
  }

  /// The version is a new one, which no attempt made, or an earlier one of the same partition, which stays as
  /// it is.
  private static let declareVersion = """
    INSERT INTO materializations (id, dataset, partition, interval_start, interval_end, at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT DO UPDATE SET at = at WHERE dataset = ?2 AND partition = ?3
    """

  func markPresent(
    _ dataset: DatasetName, _ partition: PartitionInterval?, _ version: Int64, _ reason: Reason, _ at: Instant
  ) throws {
    let name = dataset.description
    try changeOne(Self.declareVersion) {
      $0.add(version)
      $0.add(name)
      $0.add(partition?.key ?? "")
      $0.add(partition?.start)
      $0.add(partition?.end)
      $0.add(at)
    } else: {
      "version \(version) is of another partition than '\(name)' '\(partition?.key ?? "")'"
    }
    try statement(Self.publish) {
      $0.add(name)
      $0.add(partition?.key ?? "")
      $0.add(PartitionStanding.declared.rawValue)
      $0.add(version)
      $0.add(nil as Int64?)
      $0.add(partition?.start)
      $0.add(partition?.end)
      $0.add(at)
      $0.add(reason)
      $0.add(nil as Int64?)
    }.run()
  }

  /// What the partition counts as made of stands beside what it was made of, which is final.
  func accept(_ acceptance: AcceptanceRecord, _ at: Instant) throws {
    let dataset = acceptance.dataset.description
    try statement(
      "INSERT INTO materializations (id, dataset, partition, code, at, accepted) VALUES (?, ?, ?, ?, ?, 1)"
    ) {
      $0.add(acceptance.id)
      $0.add(dataset)
      $0.add(acceptance.partition)
      $0.add(acceptance.code)
      $0.add(at)
    }.run()
    try insert(acceptance.inputs, of: acceptance.id)
    try changeOne(
      """
      UPDATE dataset_partitions SET accepted = ?3, reason_code = ?4, reason_text = ?5
      WHERE dataset = ?1 AND partition = ?2 AND version IS NOT NULL
      """
    ) {
      $0.add(dataset)
      $0.add(acceptance.partition)
      $0.add(acceptance.id)
      $0.add(acceptance.reason)
    } else: {
      "'\(dataset)' '\(acceptance.partition)' has no version that could be accepted"
    }
  }
}
