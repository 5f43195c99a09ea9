import Basics
import Lineage
import MeshModel
import Orchestration
import Records
import Timetables

/// How a pipeline is doing, as the overview has it in a line.
struct PipelineHealth {
  let pipeline: Pipeline
  let domain: Domain?
  let status: PipelineStatus
  let isPaused: Bool
  let isBroken: Bool
  let now: Instant
  /// The one of which least is left; nil: nobody counts on how old its datasets are.
  var promise: Promise?
  private let schedule: PipelineSchedule?

  /// How old a dataset may become, and how old it is.
  struct Promise {
    var within: Duration
    /// Nil: it was never made.
    var renewedAt: Instant?
    /// What is left of the time; none where it was never made.
    var slack: Duration

    init(within: Duration, renewedAt: Instant?, at now: Instant) {
      self.within = within
      self.renewedAt = renewedAt
      slack = renewedAt.map { $0 + within - now } ?? .zero
    }

    func write(to writer: inout JSONWriter) {
      writer.span("within_ms", within)
      writer.moment("renewed_at", renewedAt)
      writer.flag("kept", slack > .zero)
    }
  }

  init(_ place: Int, _ declared: PublishedRelease, _ status: PipelineStatus, isPaused: Bool, at now: Instant)
  {
    pipeline = declared.graph.pipelines[place]
    domain = declared.domains[pipeline.name.domain]
    isBroken = declared.project.broken[place] != nil
    self.status = status
    self.isPaused = isPaused
    self.now = now
    schedule = declared.schedules[place]
  }

  /// The state of the latest run, or that there can be none.
  var state: String { isBroken ? "broken" : status.latest?.state.rawValue ?? "never" }

  var nextTick: Instant? { isPaused || isBroken ? nil : schedule?.next(after: now) }

  /// Its deadline has passed since the end of the latest partition that was due, and that is not there.
  var isLate: Bool {
    guard let deadline = pipeline.deadline, let schedule,
      let tick = schedule.last(notAfter: now, after: now - .seconds(400 * 86_400)),
      let due = schedule.partition(at: tick), now > due.end + deadline
    else { return false }
    return !status.recent.contains { $0.state == .success && $0.partition?.key == due.key }
      && status.lastSuccess.flatMap(\.partition).map { $0.end < due.end } ?? true
  }

  /// `Failing since 2026-11-21 06:00:00Z, 3 runs; last good 2026-11-20 06:00:00Z`.
  func sentence(firstFailure: InstanceSummary?) -> String {
    var parts: [String] = []
    switch state {
    case "broken": parts.append("Does not run: its declarations have errors")
    case "never": parts.append("Was never run")
    case "failed":
      let since = (status.failingSince ?? status.latest?.finishedAt).map { " since \($0.sqliteText)Z" } ?? ""
      parts.append("Failing\(since), \(status.failures == 1 ? "1 run" : "\(status.failures) runs")")
    case "success": parts.append("Well since \((status.latest?.finishedAt ?? now).sqliteText)Z")
    default: parts.append("The latest run is \(state)")
    }
    if state != "success", let good = status.lastSuccess?.finishedAt {
      parts.append("last good \(good.sqliteText)Z")
    }
    if let firstFailure { parts.append("first failing task '\(firstFailure.name)'") }
    if isPaused { parts.append("paused") }
    return parts.joined(separator: "; ") + "."
  }

  func write(to writer: inout JSONWriter) {
    writer.text("pipeline", pipeline.name.description)
    writer.text("domain", pipeline.name.domain)
    writer.text("name", pipeline.name.name)
    writer.text("description", pipeline.description)
    writer.texts("tags", pipeline.tags)
    writer.text("owner", domain?.owner)
    writer.text("state", state)
    writer.flag("paused", isPaused)
    writer.flag("late", isLate)
    writer.number("running", status.running)
    writer.number("queued", status.queued)
    writer.number("failures", status.failures)
    writer.moment("failing_since", status.failingSince)
    writer.moment("last_success_at", status.lastSuccess?.finishedAt)
    writer.moment("fresh_until", status.lastSuccess?.partition?.end)
    writer.span("deadline_ms", pipeline.deadline)
    writer.key("slo")
    if let promise { writer.object { promise.write(to: &$0) } } else { writer.null() }
    writer.moment("next_tick", nextTick)
    writer.text("partition", pipeline.grain?.rawValue)
    writer.text("timezone", pipeline.timezone)
    writer.flag("scheduled", pipeline.schedule != nil)
    writer.list("runs", status.recent.reversed()) { writer, run in
      writer.array { writer in
        writer.integer(run.id)
        writer.string(run.state.rawValue)
        writer.string(run.partition?.key)
        writer.integer(run.duration(at: now)?.wholeMilliseconds)
        writer.string(run.createdAt.rfc3339)
      }
    }
  }
}
