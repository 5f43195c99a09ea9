import MeshModel
import SQLite

extension RecordTables {
  /// What lets a run go: it is final, a later one took its place, and nothing that stays refers to it. How it
  /// ended counts for its backfill for as long as that is not final.
  static let isRemovable = """
    finished_at IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM current_runs AS c
        WHERE c.pipeline = runs.pipeline AND c.partition = coalesce(runs.partition, '') AND c.run = runs.id)
      AND NOT EXISTS (SELECT 1 FROM runs AS later WHERE later.retry_of = runs.id)
      AND NOT EXISTS (SELECT 1 FROM backfills AS b WHERE b.id = runs.backfill AND b.state = 'running')
      AND NOT EXISTS (SELECT 1 FROM dataset_partitions AS p WHERE p.standing = 'skipped' AND p.run = runs.id)
      AND NOT EXISTS (SELECT 1 FROM materializations AS m JOIN dataset_partitions AS p
        ON (p.dataset, p.partition) = (m.dataset, m.partition)
        WHERE m.run = runs.id AND (p.version = m.id OR p.run = m.run))
      AND NOT EXISTS (SELECT 1 FROM materializations AS m WHERE m.run = runs.id
        AND m.id = (SELECT max(id) FROM materializations))
    """

  /// Takes runs away with all that is theirs. The numbers of their versions stay where later versions name
  /// them as inputs, and so do the ticks and arrivals that made them.
  ///
  /// Foreign keys are off meanwhile: SQLite would look for every run in tables that have no index for that.
  func remove(_ runs: [RunID]) throws {
    for run in runs {
      try changeOne("DELETE FROM runs WHERE id = ? AND \(Self.isRemovable)") {
        $0.add(run)
      } else: {
        "run \(run) may not be removed"
      }
      for table in ["outputs", "attempts", "task_instances", "fan_outs", "conditions"] {
        try statement("DELETE FROM \(table) WHERE run = ?") { $0.add(run) }.run()
      }
      try statement(
        """
        DELETE FROM materialization_inputs
        WHERE materialization IN (SELECT id FROM materializations WHERE run = ?)
        """
      ) { $0.add(run) }.run()
      try statement("DELETE FROM materializations WHERE run = ?") { $0.add(run) }.run()
      try statement("UPDATE ticks SET run = NULL WHERE run = ?") { $0.add(run) }.run()
      try statement("UPDATE arrivals SET run = NULL WHERE run = ?") { $0.add(run) }.run()
    }
  }
}
