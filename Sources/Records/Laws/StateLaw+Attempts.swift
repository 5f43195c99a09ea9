/// Laws of attempts and of what they made.
extension StateLaw {
  static let attemptNumbers = StateLaw(
    "attempt_numbers", number: 2, "the attempts of a task instance are numbered from 1 without gaps",
    .ofRuns(
      """
      SELECT 'task ' || i.task || '[' || i.each_index || '] of run ' || i.run || ' counts ' || i.attempts
        || ' attempts, and ' || count(a.number) || ' are there, numbered up to '
        || coalesce(max(a.number), 0)
      FROM task_instances AS i LEFT JOIN attempts AS a
        ON (a.run, a.task, a.each_index) = (i.run, i.task, i.each_index)
      WHERE i.run BETWEEN ?1 AND ?2 GROUP BY i.run, i.task, i.each_index
      HAVING count(a.number) <> i.attempts OR coalesce(max(a.number), 0) <> i.attempts
        OR coalesce(min(a.number), 1) <> 1
      """))

  static let oneLiveAttempt = StateLaw(
    "one_live_attempt", number: 2,
    "a task instance has one live attempt, its latest, while it runs or waits without a worker",
    .ofRuns(
      """
      SELECT 'task ' || i.task || '[' || i.each_index || '] of run ' || i.run || ' is ''' || i.state
        || ''' with ' || count(a.number) || ' live attempts'
      FROM task_instances AS i LEFT JOIN attempts AS a
        ON (a.run, a.task, a.each_index) = (i.run, i.task, i.each_index) AND a.finished_at IS NULL
      WHERE i.run BETWEEN ?1 AND ?2 GROUP BY i.run, i.task, i.each_index
      HAVING count(a.number) <> (i.state IN ('running', 'deferred')) OR max(a.number) <> i.attempts
        OR count(a.waits_until) <> (i.state = 'deferred')
      """))

  /// The beginning of a key is the state's name, which a restored state changes.
  static let attemptKeys = StateLaw(
    "attempt_keys", number: 20, "an attempt's key names that attempt and no other",
    .ofRuns(
      """
      SELECT 'attempt ' || number || ' of task ' || task || '[' || each_index || '] of run ' || run
        || ' has the key ''' || attempt_key || ''''
      FROM attempts WHERE run BETWEEN ?1 AND ?2
        AND attempt_key NOT LIKE '_%-' || run || '-' || task || '-' || each_index || '-' || number
      """))

  static let materialized = StateLaw(
    "materialized", number: 23, "what a run is said to have made was made by an attempt that succeeded",
    .ofRuns(
      """
      SELECT 'version ' || m.id || ' of ' || m.dataset || '@' || m.partition || ' is by an attempt that is '
        || coalesce('''' || a.state || '''', 'not there')
      FROM materializations AS m LEFT JOIN attempts AS a
        ON (a.run, a.task, a.each_index, a.number) = (m.run, m.task, m.each_index, m.number)
      WHERE m.run BETWEEN ?1 AND ?2 AND a.state IS NOT 'success'
      """))
}
