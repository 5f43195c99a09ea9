import Basics
import MeshModel

/// What a task of a pipeline came to in one of its runs.
public struct TaskDuration: Sendable, Hashable {
  public var task: String
  /// How long its successful attempts took: the mean, where `each` made several.
  public var mean: Duration
}

extension StateReader {
  /// How long the tasks of a pipeline took in its last final runs, the latest run first: successes only.
  ///
  /// - Parameter most: so many runs are looked at.
  public func durations(of pipeline: PipelineName, runs most: Int) throws(RecordsError) -> [TaskDuration] {
    try snapshot { _ in
      var found: [TaskDuration] = []
      let filter = RunFilter(pipelines: [pipeline], states: [.success, .failed, .cancelled])
      for run in try runNumbers(filter, limit: most) {
        found += try rows(
          """
          SELECT t.name, CAST(avg(a.finished_at - a.started_at) AS INTEGER)
          FROM runs AS r JOIN attempts AS a ON a.run = r.id
            JOIN release_tasks AS t ON (t.release, t.pipeline, t.task) = (r.release, r.pipeline, a.task)
          WHERE r.id = ? AND a.state = 'success' GROUP BY a.task ORDER BY a.task
          """
        ) {
          $0.add(run)
        } _: {
          TaskDuration(task: try $0.text(0), mean: .milliseconds(max(0, try $0.int64(1))))
        }
      }
      return found
    }
  }

  /// How many values `each` of a task gave in the last of a pipeline's runs that asked; nil: none did.
  ///
  /// - Parameter most: so many runs are looked at.
  public func lastFanOut(
    of pipeline: PipelineName, task: String, runs most: Int
  ) throws(RecordsError) -> Int? {
    try snapshot { _ in
      for run in try runNumbers(RunFilter(pipelines: [pipeline]), limit: most) {
        let count = try firstRow(
          """
          SELECT json_array_length(f.each_values) FROM runs AS r JOIN fan_outs AS f ON f.run = r.id
            JOIN release_tasks AS t ON (t.release, t.pipeline, t.task) = (r.release, r.pipeline, f.task)
          WHERE r.id = ? AND t.name = ?
          """
        ) {
          $0.add(run)
          $0.add(task)
        } _: {
          try $0.int(0)
        }
        if let count { return count }
      }
      return nil
    }
  }
}
