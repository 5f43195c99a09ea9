import Basics
import MeshModel
import Records

extension Forecast {
  /// The same, of some pipelines only.
  public func of(_ isWanted: (PipelineName) -> Bool) -> Forecast {
    var forecast = self
    forecast.runs = runs.filter { isWanted($0.pipeline) }
    forecast.skipped = skipped.filter { isWanted($0.pipeline) }
    return forecast
  }

  /// Writes its members.
  public func write(to writer: inout JSONWriter) {
    writer.moment("from", from)
    writer.moment("until", until)
    writer.key("is_cut")
    writer.boolean(isCut)
    writer.key("workers")
    writer.integer(workers)
    writer.key("runs")
    writer.array { writer in for run in runs { writer.object { run.write(to: &$0) } } }
    writer.key("skipped")
    writer.array { writer in
      for skipped in skipped {
        writer.object { writer in
          writer.key("pipeline")
          writer.string(skipped.pipeline.description)
          writer.moment("at", skipped.at)
          writer.reason(skipped.reason)
        }
      }
    }
  }
}

extension Forecast.Run {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.key("run")
    writer.integer(id)
    writer.key("pipeline")
    writer.string(pipeline.description)
    writer.partition(partition)
    writer.key("cause")
    writer.string(cause.rawValue)
    writer.key("backfill")
    writer.string(backfill.map { "b\($0)" })
    writer.key("is_foreseen")
    writer.boolean(isForeseen)
    writer.key("is_running")
    writer.boolean(isRunning)
    writer.moment("starts_at", startsAt)
    writer.moment("ends_at", endsAt)
    writer.key("state")
    writer.string(state.rawValue)
    writer.moment("deadline", deadline)
    writer.key("misses_deadline")
    writer.boolean(missesDeadline)
    wait.write(to: &writer)
    writer.key("uncertain")
    writer.array { writer in for doubt in doubts { writer.string(doubt) } }
    writer.key("tasks")
    writer.array { writer in for attempt in attempts { writer.object { attempt.write(to: &$0) } } }
    writer.key("waiting")
    writer.array { writer in
      for (task, wait) in unstarted {
        writer.object { writer in
          writer.key("task")
          writer.string(task)
          Optional(wait).write(to: &writer)
        }
      }
    }
  }
}

extension Forecast.Attempt {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.key("task")
    writer.string(task)
    writer.key("attempt")
    writer.integer(id.number)
    writer.moment("starts_at", startsAt)
    writer.moment("ends_at", endsAt)
    writer.key("state")
    writer.string(state?.rawValue)
    writer.reason(failure)
    wait.write(to: &writer)
  }
}

extension Forecast.Wait? {
  /// Writes the member `wait`.
  fileprivate func write(to writer: inout JSONWriter) {
    writer.key("wait")
    guard let wait = self else { return writer.null() }
    writer.object { writer in
      writer.moment("from", wait.from)
      writer.moment("until", wait.until)
      writer.key("milliseconds")
      writer.integer(wait.until.map { ($0 - wait.from).wholeMilliseconds })
      writer.reason(wait.reason)
    }
  }
}
