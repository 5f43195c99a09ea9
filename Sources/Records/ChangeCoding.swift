import Basics
import MeshModel

/// How a change stands in the event log: its kind and moment in columns, the rest as one JSON object.
///
/// What is nil or false is left out. Reading gives back exactly what was written.
public enum ChangeCoding {
  /// Writes the payload of a change.
  public static func encode(_ change: Change, into writer: inout JSONWriter) {
    writer.object { writer in
      switch change {
      case .releaseTaken(let release): writer.members(of: release)
      case .backfillCreated(let backfill): writer.members(of: backfill)
      case .runCreated(let run): writer.members(of: run)
      case .materialized(let materialization): writer.members(of: materialization)
      case .backfillFinished(let backfill, let state, _):
        writer.member("backfill", backfill)
        writer.member("state", state.rawValue)
      case .runStarted(let run, _): writer.member("run", run)
      case .runFinished(let run, let state, let reason, _):
        writer.member("run", run)
        writer.member("state", state.rawValue)
        writer.member("reason", reason)
      case .fannedOut(let run, let task, let values, _):
        writer.member("run", run)
        writer.member("task", Int64(task))
        writer.key("values")
        writer.scalars(values)
      case .coveredAsSkipped(let dataset, let partition, let instance, let number, _):
        writer.members(of: instance)
        writer.member("dataset", dataset.description)
        writer.member("partition", partition)
        writer.member("published", number)
      case .markedMissing(let dataset, let partition, let reason, _):
        writer.member("dataset", dataset.description)
        writer.member("partition", partition)
        writer.member("reason", reason)
      case .markedPresent(let dataset, let partition, let version, let reason, _):
        writer.member("dataset", dataset.description)
        writer.member("partition", partition)
        writer.member("version", version)
        writer.member("reason", reason)
      case .accepted(let acceptance, _): writer.members(of: acceptance)
      case .runCancelled(let run, let cancellation, _):
        writer.member("run", run)
        writer.member("cancellation", cancellation.rawValue)
      case .runsRemoved(let runs, _):
        writer.key("runs")
        writer.array { writer in for run in runs { writer.integer(run) } }
      case .paused(let target, _), .resumed(let target, _): writer.member("target", target.description)
      case .scheduled(let schedule, _):
        writer.member("pipeline", schedule.pipeline.description)
        writer.member("rhythm", schedule.rhythm)
        writer.member("counted_to", schedule.countedTo.milliseconds)
      case .unscheduled(let pipeline, _): writer.member("pipeline", pipeline.description)
      case .ticked(let tick): writer.members(of: tick)
      case .tokenSet(let token, _): writer.members(of: token)
      case .audited(let line): writer.members(of: line)
      case .triggered(let trigger, _): writer.members(of: trigger)
      case .untriggered(let pipeline, _): writer.member("pipeline", pipeline.description)
      case .arrived(let arrival): writer.members(of: arrival)
      case .alertRaised, .alertAcknowledged, .alertResolved, .silenced, .unsilenced, .notificationBegun,
        .notificationEnded, .deadlineCounted, .deadlineUncounted, .alertsRemoved:
        encodeAlert(change, into: &writer)
      default: encodeTask(change, into: &writer)
      }
    }
  }

  private static func encodeTask(_ change: Change, into writer: inout JSONWriter) {
    switch change {
    case .conditionEvaluated(let instance, let holds, _):
      writer.members(of: instance)
      writer.member("holds", holds)
    case .instanceQueued(let instance, let reason, _):
      writer.members(of: instance)
      writer.member("reason", reason)
    case .instanceFinished(let instance, let state, let reason, _):
      writer.members(of: instance)
      writer.member("state", state.rawValue)
      writer.member("reason", reason)
    case .attemptStarted(let attempt, let key, let inputs, _):
      writer.members(of: attempt)
      writer.member("key", key.text)
      writer.inputs(inputs)
    case .attemptDeferred(let attempt, let key, let deferral, _):
      writer.members(of: attempt)
      writer.member("key", key.text)
      writer.member("until", deferral.until.milliseconds)
      writer.member("reason", deferral.reason)
      writer.member("child", deferral.child)
      writer.member("made_child", deferral.madeChild)
    case .attemptAnswered(let attempt, let reason, _):
      writer.members(of: attempt)
      writer.member("reason", reason)
    case .attemptRunning(let attempt, let process, _):
      writer.members(of: attempt)
      writer.member("pid", Int64(process.pid))
      writer.member("process_start", Int64(bitPattern: process.startTime))
      writer.member("boot", process.boot)
    case .attemptStopping(let attempt, let reason, _):
      writer.members(of: attempt)
      writer.member("reason", reason)
    case .attemptEnded(let attempt, let outcome, let instance, let retryAt, _):
      writer.members(of: attempt)
      writer.members(of: outcome)
      writer.member("instance", instance.rawValue)
      writer.member("retry_at", retryAt?.milliseconds)
    default: break
    }
  }

  /// Reads a change back from a row of the event log.
  public static func decode(kind: String, at: Instant, payload: some Collection<UInt8>) throws(RecordsError)
    -> Change
  {
    guard let known = ChangeKind(rawValue: kind) else {
      throw RecordsError(.damaged, "the event log has a change of an unknown kind '\(kind)'")
    }
    let value: JSONValue
    do { value = try JSONValue(parsing: payload) } catch {
      throw RecordsError(.damaged, "the payload of a change '\(kind)' is not JSON: \(error.message)")
    }
    return try PayloadReader(kind: known, at: at, value: value).change()
  }
}

extension JSONWriter {
  mutating func member(_ name: String, _ value: Int64) {
    key(name)
    integer(value)
  }

  mutating func member(_ name: String, _ value: String) {
    key(name)
    string(value)
  }

  /// Nil is left out, as in all that follow.
  mutating func member(_ name: String, _ value: Int64?) { if let value { member(name, value) } }
  mutating func member(_ name: String, _ value: String?) { if let value { member(name, value) } }

  /// False is left out.
  mutating func member(_ name: String, _ value: Bool) {
    guard value else { return }
    key(name)
    boolean(true)
  }

  mutating func member(_ name: String, _ reason: Reason?) {
    guard let reason else { return }
    key(name)
    object { writer in
      writer.member("code", reason.code)
      writer.member("text", reason.text)
    }
  }

  mutating func member(_ name: String, _ partition: PartitionInterval?) {
    guard let partition else { return }
    key(name)
    object { writer in
      writer.member("key", partition.key)
      writer.member("start", partition.start.milliseconds)
      writer.member("end", partition.end.milliseconds)
    }
  }

  /// Real numbers that JSON has no form for are an object, so that they come back as they were.
  mutating func scalar(_ value: Scalar) {
    switch value {
    case .null: null()
    case .boolean(let value): boolean(value)
    case .integer(let value): integer(value)
    case .real(let value) where value.isFinite: number(value)
    case .real(let value): object { $0.member("real", String(value)) }
    case .text(let value): string(value)
    }
  }

  mutating func scalars(_ values: [Scalar]) {
    array { writer in for value in values { writer.scalar(value) } }
  }

  /// The places of tasks.
  mutating func places(_ places: [Int]) {
    array { writer in for place in places { writer.integer(Int64(place)) } }
  }

  mutating func inputVersions(_ inputs: [InputVersion]) {
    array { writer in
      for input in inputs {
        writer.object { writer in
          writer.member("dataset", input.dataset.description)
          writer.member("partition", input.partition)
          writer.member("version", input.version)
          writer.member("content", input.content)
        }
      }
    }
  }

  /// An object of named values, sorted by name.
  mutating func scalars(_ values: [String: Scalar]) {
    object { writer in
      for (name, value) in values.sorted(by: { $0.key < $1.key }) {
        writer.key(name)
        writer.scalar(value)
      }
    }
  }
}

extension JSONWriter {
  fileprivate mutating func members(of instance: InstanceID) {
    member("run", instance.run)
    member("task", Int64(instance.task))
    if instance.index != 0 { member("index", Int64(instance.index)) }
  }

  fileprivate mutating func members(of attempt: AttemptID) {
    members(of: attempt.instance)
    member("number", Int64(attempt.number))
  }

  fileprivate mutating func members(of outcome: AttemptOutcome) {
    member("state", outcome.state.rawValue)
    member("exit_code", outcome.exitCode.map(Int64.init))
    member("signal", outcome.signal.map(Int64.init))
    member("asks_retry", outcome.asksRetry)
    member("is_permanent", outcome.isPermanent)
    member("reason", outcome.reason)
    member("rows", outcome.rows)
    member("bytes", outcome.bytes)
    member("output", outcome.output)
    member("content", outcome.content)
    if let inputs = outcome.inputs {
      key("inputs")
      inputVersions(inputs)
    }
    member("processor_ms", outcome.processorMilliseconds)
    member("peak_memory", outcome.peakMemory)
  }

  fileprivate mutating func members(of backfill: BackfillRecord) {
    member("backfill", backfill.id)
    member("request", backfill.request)
    member("runs", Int64(backfill.runs))
    member("max_active", backfill.maxActive.map(Int64.init))
  }

  fileprivate mutating func members(of tick: TickRecord) {
    member("pipeline", tick.pipeline.description)
    member("tick", tick.at.milliseconds)
    if tick.through != tick.at { member("through", tick.through.milliseconds) }
    member("outcome", tick.outcome.word)
    member("run", tick.outcome.run)
    member("reason", tick.outcome.reason)
  }

  fileprivate mutating func members(of token: TokenRecord) {
    member("id", token.id)
    member("name", token.name)
    member("digest", token.digest)
    member("role", token.role.rawValue)
    if let domains = token.domains {
      key("domains")
      array { writer in for domain in domains { writer.string(domain) } }
    }
    member("created_at", token.createdAt.milliseconds)
    member("expires_at", token.expiresAt?.milliseconds)
    member("revoked_at", token.revokedAt?.milliseconds)
  }

  fileprivate mutating func members(of line: AuditRecord) {
    member("who", line.asker.name)
    member("origin", line.asker.origin)
    member("action", line.action)
    member("subject", line.subject)
    member("before", line.before)
    member("after", line.after)
  }

  fileprivate mutating func members(of run: RunRecord) {
    member("run", run.id)
    member("pipeline", run.pipeline.description)
    member("partition", run.partition)
    if let ticks = run.ticks {
      key("ticks")
      array { writer in for tick in [ticks.start, ticks.end] { writer.integer(tick.milliseconds) } }
    }
    if !run.params.isEmpty {
      key("params")
      scalars(run.params)
    }
    member("cause", run.cause.rawValue)
    member("backfill", run.backfill)
    member("retry_of", run.retryOf)
    member("asked_by", run.askedBy)
    if let trigger = run.trigger {
      key("trigger")
      object { $0.members(of: trigger) }
    }
    member("release", run.release)
    if let tasks = run.tasks {
      key("tasks")
      places(tasks)
    }
    guard !run.kept.isEmpty else { return }
    key("kept")
    places(run.kept)
  }

  fileprivate mutating func members(of materialization: MaterializationRecord) {
    members(of: materialization.attempt)
    member("version", materialization.id)
    member("dataset", materialization.dataset.description)
    member("partition", materialization.partition)
    member("rows", materialization.rows)
    member("code", materialization.code)
    member("content", materialization.content)
    inputs(materialization.inputs)
  }

  fileprivate mutating func members(of acceptance: AcceptanceRecord) {
    member("version", acceptance.id)
    member("dataset", acceptance.dataset.description)
    member("partition", acceptance.partition)
    member("code", acceptance.code)
    member("reason", acceptance.reason)
    inputs(acceptance.inputs)
  }

  /// None are left out.
  fileprivate mutating func inputs(_ inputs: [InputVersion]) {
    guard !inputs.isEmpty else { return }
    key("inputs")
    inputVersions(inputs)
  }

  fileprivate mutating func members(of release: ReleaseRecord) {
    member("release", release.id)
    member("digest", release.digest)
    member("summary", release.summary)
    key("pipelines")
    array { writer in for pipeline in release.pipelines { writer.value(of: pipeline) } }
    key("columns")
    array { writer in
      for source in release.columnSources {
        writer.array { writer in
          writer.string(source.dataset.description)
          writer.string(source.column)
          writer.string(source.sourceDataset.description)
          writer.string(source.sourceColumn)
        }
      }
    }
  }

  private mutating func value(of pipeline: ReleaseRecord.Pipeline) {
    object { writer in
      writer.member("name", pipeline.name.description)
      writer.key("tasks")
      writer.array { writer in
        for task in pipeline.tasks {
          writer.array { writer in
            writer.string(task.name)
            writer.string(task.kind)
          }
        }
      }
    }
  }
}
