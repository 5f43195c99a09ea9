import Basics
import MeshModel
import Timetables

/// A schedule of the latest release, as the scheduler waits for it.
struct LiveSchedule: Sendable {
  let due: PipelineSchedule
  /// The pipeline's place in the graph of the latest release.
  let place: Int
  let maxActiveRuns: Int
  /// The timer that is set for it; nil: none.
  var timer: Instant?
  /// It was paused since it was last looked at.
  var wasPaused = false

  /// Nil: the pipeline has no schedule, or one that this machine cannot tell.
  init?(_ pipeline: Pipeline, at place: Int) {
    guard let due = PipelineSchedule(pipeline) else { return nil }
    self.due = due
    self.place = place
    maxActiveRuns = pipeline.maxActiveRuns
  }

  var declared: Schedule { due.declared }
}

/// When to look at a pipeline's schedule, by the wall clock.
struct TickTimer: Comparable, Sendable {
  var due: Instant
  var line: Int

  static func < (left: TickTimer, right: TickTimer) -> Bool {
    (left.due, left.line) < (right.due, right.line)
  }
}
