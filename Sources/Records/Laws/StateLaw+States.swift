import MeshModel

/// Laws of states and of the moments that go with them.
extension StateLaw {
  private static func list<State: RawRepresentable<String>>(_ states: [State]) -> String {
    "(" + states.map { "'\($0.rawValue)'" }.joined(separator: ", ") + ")"
  }

  /// True where a row's state is none, or `finished_at` does not say the same as the state.
  private static func isWrong<State: RawRepresentable<String>>(
    _ states: [State], _ isFinal: (State) -> Bool
  ) -> String {
    """
    (state NOT IN \(list(states))
      OR (state IN \(list(states.filter(isFinal)))) <> (finished_at IS NOT NULL))
    """
  }

  static let legalRuns = StateLaw(
    "run_states", "a run's state is a legal one, and it has an end exactly when that is final",
    .ofRuns(
      """
      SELECT 'run ' || id || ' cannot be ''' || state || '''' FROM runs WHERE id BETWEEN ?1 AND ?2 AND (
        \(isWrong(RunState.allCases, \.isFinal))
        OR (state = 'queued' AND started_at IS NOT NULL) OR (state = 'running' AND started_at IS NULL))
      """))

  static let legalInstances = StateLaw(
    "instance_states",
    "a task instance's state is a legal one, it has an end exactly when that is final, and a time to be "
      + "tried again exactly while it is retrying",
    .ofRuns(
      """
      SELECT 'task ' || task || '[' || each_index || '] of run ' || run || ' cannot be ''' || state || ''''
      FROM task_instances WHERE run BETWEEN ?1 AND ?2 AND (
        \(isWrong(InstanceState.allCases.filter { $0 != .waiting }, \.isFinal))
        OR (state = 'retrying') <> (retry_at IS NOT NULL))
      """))

  static let legalAttempts = StateLaw(
    "attempt_states", "an attempt's state is a legal one, and it has an end exactly when that is final",
    .ofRuns(
      """
      SELECT 'attempt ' || number || ' of task ' || task || '[' || each_index || '] of run ' || run
        || ' cannot be ''' || state || ''''
      FROM attempts WHERE run BETWEEN ?1 AND ?2 AND \(isWrong(AttemptState.allCases, \.isFinal))
      """))

  static let finalRuns = StateLaw(
    "final_runs", number: 9, "a run is final exactly when all its task instances are",
    .ofRuns(
      """
      SELECT 'run ' || r.id || ' is ''' || r.state || ''', and task ' || i.task || '[' || i.each_index
        || '] of it is ''' || i.state || ''''
      FROM runs AS r JOIN task_instances AS i ON i.run = r.id
      WHERE r.id BETWEEN ?1 AND ?2 AND i.finished_at IS NULL AND r.state <> 'running'
      UNION ALL
      SELECT 'run ' || r.id || ' is ''running'', and all its tasks are final'
      FROM runs AS r
      WHERE r.id BETWEEN ?1 AND ?2 AND r.state = 'running'
        AND NOT EXISTS (SELECT 1 FROM fan_outs WHERE run = r.id)
        AND NOT EXISTS (SELECT 1 FROM task_instances WHERE run = r.id AND finished_at IS NULL)
        AND (SELECT count(*) FROM task_instances WHERE run = r.id) >= coalesce(json_array_length(r.tasks),
          (SELECT count(*) FROM release_tasks WHERE release = r.release AND pipeline = r.pipeline))
      """))

  static let oneLiveRun = StateLaw(
    "one_live_run", number: 2, "a pipeline has at most one live run a partition",
    .ofAll(
      """
      SELECT count(*) || ' runs of ' || pipeline || '@' || partition || ' are running' FROM runs
      WHERE state = 'running' AND partition IS NOT NULL GROUP BY pipeline, partition HAVING count(*) > 1
      LIMIT 20
      """))
}
