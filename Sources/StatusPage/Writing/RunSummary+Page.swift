import Basics
import MeshModel
import Records

extension RunSummary {
  /// Writes the members that lists and patches show.
  func write(to writer: inout JSONWriter, at now: Instant) {
    writer.number("id", id)
    writer.text("pipeline", pipeline.description)
    writer.partition(partition, ticks: ticks)
    writer.text("state", state.rawValue)
    writer.reason(reason)
    writer.text("cause", cause.rawValue)
    writer.text("backfill", backfill.map { "b\($0)" })
    writer.number("retry_of", retryOf)
    writer.number("release", release)
    writer.moment("created_at", createdAt)
    writer.moment("started_at", startedAt)
    writer.moment("finished_at", finishedAt)
    writer.span("duration_ms", duration(at: now))
  }
}

extension InstanceSummary {
  /// Writes the members that lists and patches show.
  func write(to writer: inout JSONWriter, at now: Instant) {
    let last = attempts.last
    writer.text("task", task)
    writer.number("index", id.index)
    writer.text("value", value?.text)
    writer.text("kind", kind)
    writer.number("place", id.task)
    writer.text("state", state.rawValue)
    writer.reason(reason ?? last?.reason)
    writer.moment("since", since)
    writer.moment("ready_at", readyAt)
    writer.moment("started_at", startedAt)
    writer.moment("retry_at", retryAt)
    writer.moment("finished_at", finishedAt)
    writer.span("wait_ms", readyAt.map { (startedAt ?? finishedAt ?? now) - $0 })
    writer.span("duration_ms", startedAt.map { (finishedAt ?? now) - $0 })
    writer.number("attempts", attempts.count)
    writer.number("exit_code", last?.exitCode)
    writer.number("signal", last?.signal)
    writer.number("rows", last?.rows)
  }
}

extension AttemptSummary {
  /// Writes all of it.
  ///
  /// - Parameter isShown: what it told may be seen.
  func write(to writer: inout JSONWriter, at now: Instant, output isShown: Bool) {
    writer.number("number", id.number)
    writer.text("key", key.text)
    writer.text("state", state.rawValue)
    writer.reason(reason)
    writer.moment("started_at", startedAt)
    writer.moment("running_at", runningAt)
    writer.moment("finished_at", finishedAt)
    writer.span("duration_ms", (finishedAt ?? now) - startedAt)
    writer.number("exit_code", exitCode)
    writer.number("signal", signal)
    writer.number("rows", rows)
    writer.number("bytes", bytes)
    writer.number("processor_ms", processorMilliseconds)
    writer.number("peak_memory", peakMemory)
    writer.document("output", isShown ? output : nil)
  }
}

extension MaterializationSummary {
  /// Writes all of it.
  func write(to writer: inout JSONWriter) {
    writer.text("dataset", dataset.description)
    writer.text("partition", partition.isEmpty ? nil : partition)
    writer.number("version", id)
    writer.number("run", attempt?.instance.run)
    writer.number("rows", rows)
    writer.moment("at", at)
    writer.objects("inputs", inputs) { writer, input in
      writer.text("dataset", input.dataset.description)
      writer.text("partition", input.partition.isEmpty ? nil : input.partition)
      writer.number("version", input.version)
    }
  }
}

extension BackfillSummary {
  /// Writes all of it.
  func write(to writer: inout JSONWriter, isPaused: Bool) {
    writer.text("id", "b\(id)")
    writer.text("request", request)
    writer.text("state", state.rawValue)
    writer.number("planned", planned)
    writer.number("max_active", maxActive)
    writer.moment("created_at", createdAt)
    writer.moment("finished_at", finishedAt)
    writer.flag("paused", isPaused)
    writer.member("runs") { writer in
      for state in RunState.allCases { if let count = runs[state] { writer.number(state.rawValue, count) } }
    }
  }
}

extension [RunSummary] {
  /// What those that succeeded took, in the middle; nil: none did.
  var medianDuration: Duration? {
    filter { $0.state == .success }.compactMap { $0.finishedAt.flatMap($0.duration(at:)) }.median
  }
}
