import Basics
import MeshModel
import SQLite

extension StateReader {
  /// A run with its task instances, their attempts and what they made.
  public func runDetail(_ id: RunID) throws(RecordsError) -> RunDetail? {
    try snapshot { _ in
      guard let run = try summary(id) else { return nil }
      return RunDetail(
        run: run, instances: try instances(of: run), materializations: try materializations(of: id))
    }
  }

  /// How many of a run's instances are in each state; those that never left `waiting` have no row and are
  /// left out.
  public func tallies(of run: RunID) throws(RecordsError) -> [InstanceState: Int] {
    try snapshot { _ in
      let counts = try rows("SELECT state, count(*) FROM task_instances WHERE run = ? GROUP BY state") {
        $0.add(run)
      } _: {
        (try $0.word(0, InstanceState.self), try $0.int(1))
      }
      return Dictionary(counts, uniquingKeysWith: +)
    }
  }

  /// The tasks of a pipeline as a release has them, in the order of the file.
  public func tasks(of pipeline: PipelineName, release: ReleaseID) throws(RecordsError)
    -> [ReleaseRecord.Task]
  {
    try snapshot { _ in
      try rows("SELECT name, kind FROM release_tasks WHERE release = ? AND pipeline = ? ORDER BY task") {
        $0.add(release)
        $0.add(pipeline.description)
      } _: {
        ReleaseRecord.Task(name: try $0.text(0), kind: try $0.text(1))
      }
    }
  }

  private func instances(of run: RunSummary) throws -> [InstanceSummary] {
    let tasks = try tasks(of: run.pipeline, release: run.release)
    let values = try fanOutValues(of: run.id)
    var attempts = try self.attempts(of: run.id)[...]
    var begun = try rows(
      "SELECT \(InstanceSummary.columns) FROM task_instances WHERE run = ? ORDER BY task, each_index"
    ) {
      $0.add(run.id)
    } _: { row in
      let id = try row.instance(0)
      // Both lists are in the same order.
      let own = attempts.prefix { $0.id.instance == id }
      attempts = attempts.dropFirst(own.count)
      guard tasks.indices.contains(id.task) else { throw row.wrong(1) }
      let list = values[id.task]
      let value = list.flatMap { $0.indices.contains(id.index) ? $0[id.index] : nil }
      return try InstanceSummary(row, task: tasks[id.task], value: value, attempts: Array(own))
    }
    let known = Set(begun.map(\.id))
    for task in run.tasks ?? Array(tasks.indices) where tasks.indices.contains(task) {
      let list = values[task]
      for index in 0..<max(1, list?.count ?? 1) {
        let id = InstanceID(run: run.id, task: task, index: index)
        guard !known.contains(id) else { continue }
        // A run that ended before it began took its instances with it.
        begun.append(
          InstanceSummary(
            unbegun: id, state: run.state.isFinal ? .cancelled : .waiting, task: tasks[task],
            value: list.flatMap { $0.indices.contains(index) ? $0[index] : nil }))
      }
    }
    return begun.sorted { $0.id < $1.id }
  }

  private func attempts(of run: RunID) throws -> [AttemptSummary] {
    try rows(
      """
      SELECT \(AttemptSummary.columns)
      FROM attempts AS a LEFT JOIN outputs AS o USING (run, task, each_index, number)
      WHERE a.run = ? ORDER BY a.task, a.each_index, a.number
      """
    ) {
      $0.add(run)
    } _: {
      try AttemptSummary($0)
    }
  }

  private func fanOutValues(of run: RunID) throws -> [Int: [Scalar]] {
    let lists = try rows("SELECT task, each_values FROM fan_outs WHERE run = ?") {
      $0.add(run)
    } _: { row in
      guard let items = try row.json(1).array else { throw row.wrong(1) }
      let values = try items.map { item in
        guard let value = Scalar(json: item) else { throw row.wrong(1) }
        return value
      }
      return (try row.int(0), values)
    }
    return Dictionary(lists) { first, _ in first }
  }
}
