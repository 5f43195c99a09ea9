import Basics
import MeshModel
import Records

extension RunSummary {
  /// Why it exists: `backfill b12`, `trigger of run 7`, `schedule`.
  var causeText: String {
    if let backfill { return "backfill b\(backfill)" }
    return trigger.map { "\(cause.rawValue) of run \($0.instance.run)" } ?? cause.rawValue
  }

  /// Writes its members.
  func write(to writer: inout JSONWriter) {
    writer.key("id")
    writer.integer(id)
    writer.key("pipeline")
    writer.string(pipeline.description)
    writer.partition(partition, ticks: ticks)
    writer.key("state")
    writer.string(state.rawValue)
    writer.reason(reason)
    writer.key("cause")
    writer.string(cause.rawValue)
    writer.key("backfill")
    writer.string(backfill.map { "b\($0)" })
    writer.key("retry_of")
    writer.integer(retryOf)
    writer.key("asked_by")
    writer.string(askedBy)
    writer.key("triggered_by")
    writer.integer(trigger?.instance.run)
    writer.params(params)
    writer.moment("created_at", createdAt)
    writer.moment("started_at", startedAt)
    writer.moment("finished_at", finishedAt)
  }
}

extension RunDetail {
  /// `3 success, 1 failed`.
  var tallies: ProgressEvent.Tallies {
    ProgressEvent.Tallies(counts: Dictionary(instances.map { ($0.state, 1) }, uniquingKeysWith: +))
  }

  /// Writes its members: those of the run, then `tasks` and `datasets`.
  func write(to writer: inout JSONWriter, logs: (AttemptSummary, String) -> String) {
    run.write(to: &writer)
    writer.key("tasks")
    writer.array { writer in for instance in instances { instance.write(to: &writer, logs: logs) } }
    writer.key("datasets")
    writer.array { writer in for version in materializations { version.write(to: &writer) } }
  }
}

extension InstanceSummary {
  fileprivate func write(to writer: inout JSONWriter, logs: (AttemptSummary, String) -> String) {
    writer.object { writer in
      writer.key("task")
      writer.string(task)
      writer.key("index")
      writer.integer(id.index)
      writer.key("value")
      writer.value(value ?? Scalar.null)
      writer.key("kind")
      writer.string(kind)
      writer.key("state")
      writer.string(state.rawValue)
      writer.reason(reason)
      writer.moment("ready_at", readyAt)
      writer.moment("started_at", startedAt)
      writer.moment("retry_at", retryAt)
      writer.moment("finished_at", finishedAt)
      writer.key("attempts")
      writer.array { writer in
        for attempt in attempts { attempt.write(to: &writer, log: logs(attempt, task)) }
      }
    }
  }
}

extension AttemptSummary {
  fileprivate func write(to writer: inout JSONWriter, log: String) {
    writer.object { writer in
      writer.key("number")
      writer.integer(id.number)
      writer.key("key")
      writer.string(key.text)
      writer.key("state")
      writer.string(state.rawValue)
      writer.reason(reason)
      writer.moment("started_at", startedAt)
      writer.moment("finished_at", finishedAt)
      writer.moment("waits_until", waitsUntil)
      writer.key("child")
      writer.integer(child)
      writer.key("exit_code")
      writer.integer(exitCode)
      writer.key("signal")
      writer.integer(signal)
      writer.key("rows")
      writer.integer(rows)
      writer.key("bytes")
      writer.integer(bytes)
      writer.key("processor_ms")
      writer.integer(processorMilliseconds)
      writer.key("peak_memory")
      writer.integer(peakMemory)
      writer.key("output")
      if let output, let value = try? JSONValue(parsing: output.utf8) {
        writer.value(value)
      } else {
        writer.null()
      }
      writer.key("log")
      writer.string(log)
    }
  }
}

extension MaterializationSummary {
  /// Writes it as an object.
  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("dataset")
      writer.string(dataset.description)
      writer.key("partition")
      writer.string(partition.isEmpty ? nil : partition)
      writer.key("version")
      writer.integer(id)
      writer.key("run")
      writer.integer(attempt?.instance.run)
      writer.key("rows")
      writer.integer(rows)
      writer.moment("at", at)
      writer.key("inputs")
      writer.array { writer in
        for input in inputs {
          writer.object { writer in
            writer.key("dataset")
            writer.string(input.dataset.description)
            writer.key("partition")
            writer.string(input.partition.isEmpty ? nil : input.partition)
            writer.key("version")
            writer.integer(input.version)
          }
        }
      }
    }
  }
}

extension ProgressEvent.Tallies {
  /// `3 success, 1 failed`; states without instances are left out.
  var text: String {
    let order: [InstanceState] = [
      .success, .failed, .upstreamFailed, .skipped, .cancelled, .running, .retrying, .queued, .deferred,
      .waiting,
    ]
    return order.compactMap { state in
      self[state] == 0 ? nil : "\(Counted.grouped(self[state])) \(StateLabel(state).word)"
    }.joined(separator: ", ")
  }

  /// Writes the member `tasks` as counts by state.
  func write(to writer: inout JSONWriter) {
    writer.key("tasks")
    writer.object { writer in
      for state in InstanceState.allCases where self[state] > 0 {
        writer.key(state.rawValue)
        writer.integer(self[state])
      }
    }
  }
}
