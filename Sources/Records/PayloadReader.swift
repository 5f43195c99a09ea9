import Basics
import MeshModel

/// Reads the payload of a change, checking all of it: the file may have been edited or damaged.
struct PayloadReader {
  let kind: ChangeKind
  let at: Instant
  let value: JSONValue

  func change() throws(RecordsError) -> Change {
    switch kind {
    case .releaseTaken: .releaseTaken(try release())
    case .backfillCreated: .backfillCreated(try backfill())
    case .backfillFinished: .backfillFinished(try integer("backfill"), try word("state"), at: at)
    case .runCreated: .runCreated(try run())
    case .runStarted: .runStarted(try integer("run"), at: at)
    case .runFinished: .runFinished(try integer("run"), try word("state"), try optionalReason(), at: at)
    case .fannedOut:
      .fannedOut(try integer("run"), task: try int("task"), values: try scalars(array("values")), at: at)
    case .conditionEvaluated: .conditionEvaluated(try instance(), holds: try flag("holds"), at: at)
    case .instanceQueued: .instanceQueued(try instance(), try reason(), at: at)
    case .attemptStarted:
      .attemptStarted(try attempt(), AttemptKey(try string("key")), inputs: try inputs(), at: at)
    case .attemptDeferred:
      .attemptDeferred(try attempt(), AttemptKey(try string("key")), try deferral(), at: at)
    case .attemptAnswered: .attemptAnswered(try attempt(), try reason(), at: at)
    case .attemptRunning: .attemptRunning(try attempt(), try process(), at: at)
    case .attemptStopping: .attemptStopping(try attempt(), try reason(), at: at)
    case .attemptEnded:
      .attemptEnded(
        try attempt(), try outcome(), instance: try word("instance"),
        retryAt: try optionalInteger("retry_at").map(Instant.init(milliseconds:)), at: at)
    case .instanceFinished: .instanceFinished(try instance(), try word("state"), try reason(), at: at)
    case .materialized: .materialized(try materialization())
    case .coveredAsSkipped:
      .coveredAsSkipped(
        try dataset(value), try partition(), try instance(), number: try optionalInteger("published"), at: at)
    case .markedMissing:
      .markedMissing(try dataset(value), partition: try string("partition"), try reason(), at: at)
    case .markedPresent:
      .markedPresent(
        try dataset(value), try partition(), version: try integer("version"), try reason(), at: at)
    case .accepted: .accepted(try acceptance(), at: at)
    case .runCancelled: .runCancelled(try integer("run"), try word("cancellation"), at: at)
    case .paused: .paused(try target(), at: at)
    case .resumed: .resumed(try target(), at: at)
    case .runsRemoved: .runsRemoved(try numbers("runs"), at: at)
    case .scheduled: .scheduled(try schedule(), at: at)
    case .unscheduled: .unscheduled(try pipeline(), at: at)
    case .ticked: .ticked(try tick())
    case .tokenSet: .tokenSet(try token(), at: at)
    case .audited: .audited(try auditLine())
    case .triggered: .triggered(try trigger(), at: at)
    case .untriggered: .untriggered(try pipeline(), at: at)
    case .arrived: .arrived(try arrival())
    case .alertRaised, .alertAcknowledged, .alertResolved, .silenced, .unsilenced, .notificationBegun,
      .notificationEnded, .deadlineCounted, .deadlineUncounted, .alertsRemoved:
      try alertChange()
    }
  }

  private func release() throws(RecordsError) -> ReleaseRecord {
    var pipelines: [ReleaseRecord.Pipeline] = []
    for item in try array("pipelines") {
      guard let text = item["name"]?.string, let name = PipelineName(text), let list = item["tasks"]?.array
      else { throw wrong("pipelines") }
      var tasks: [ReleaseRecord.Task] = []
      for entry in list {
        let words = try strings(entry, count: 2, member: "pipelines")
        tasks.append(.init(name: words[0], kind: words[1]))
      }
      pipelines.append(.init(name: name, tasks: tasks))
    }
    var columns: [ReleaseRecord.ColumnSource] = []
    for item in try array("columns") {
      let words = try strings(item, count: 4, member: "columns")
      guard let dataset = DatasetName(words[0]), let source = DatasetName(words[2]) else {
        throw wrong("columns")
      }
      columns.append(
        .init(dataset: dataset, column: words[1], sourceDataset: source, sourceColumn: words[3]))
    }
    return ReleaseRecord(
      id: try integer("release"), digest: try string("digest"), takenAt: at, summary: try string("summary"),
      pipelines: pipelines, columnSources: columns)
  }

  private func token() throws(RecordsError) -> TokenRecord {
    var domains: [String]?
    if value["domains"] != nil {
      let list = try array("domains")
      domains = list.compactMap(\.string)
      guard domains?.count == list.count else { throw wrong("domains") }
    }
    return TokenRecord(
      id: try string("id"), name: try string("name"), digest: try string("digest"), role: try word("role"),
      domains: domains, createdAt: Instant(milliseconds: try integer("created_at")),
      expiresAt: try optionalInteger("expires_at").map(Instant.init(milliseconds:)),
      revokedAt: try optionalInteger("revoked_at").map(Instant.init(milliseconds:)))
  }

  private func auditLine() throws(RecordsError) -> AuditRecord {
    AuditRecord(
      at: at, asker: Asker(name: try string("who"), origin: try string("origin")),
      action: try string("action"), subject: try string("subject"), before: try optionalString("before"),
      after: try optionalString("after"))
  }

  private func backfill() throws(RecordsError) -> BackfillRecord {
    BackfillRecord(
      id: try integer("backfill"), request: try string("request"), runs: try int("runs"),
      maxActive: try optionalInt("max_active"), createdAt: at)
  }

  private func run() throws(RecordsError) -> RunRecord {
    let pipeline = try pipeline()
    var params: [String: Scalar] = [:]
    if let value = value["params"] {
      guard case .object(let members) = value else { throw wrong("params") }
      for member in members { params[member.key] = try scalar(member.value) }
    }
    return RunRecord(
      id: try integer("run"), pipeline: pipeline, partition: try partition(), ticks: try ticks(),
      params: params, cause: try word("cause"), backfill: try optionalInteger("backfill"),
      retryOf: try optionalInteger("retry_of"), release: try integer("release"), createdAt: at,
      tasks: try places("tasks"), kept: try places("kept") ?? [], askedBy: try optionalString("asked_by"),
      trigger: try value["trigger"].map { (item) throws(RecordsError) in
        try PayloadReader(kind: kind, at: at, value: item).attempt()
      })
  }

  func pipeline() throws(RecordsError) -> PipelineName {
    guard let pipeline = PipelineName(try string("pipeline")) else { throw wrong("pipeline") }
    return pipeline
  }

  private func schedule() throws(RecordsError) -> ScheduleRecord {
    ScheduleRecord(
      pipeline: try pipeline(), rhythm: try string("rhythm"),
      countedTo: Instant(milliseconds: try integer("counted_to")))
  }

  private func trigger() throws(RecordsError) -> TriggerRecord {
    TriggerRecord(
      pipeline: try pipeline(), meaning: try string("meaning"), countsFrom: try integer("counts_from"),
      countedTo: try integer("counted_to"))
  }

  private func arrival() throws(RecordsError) -> ArrivalRecord {
    ArrivalRecord(
      pipeline: try pipeline(), partition: try partition(), number: try integer("number"),
      because: try inputs("because"), outcome: try tickOutcome(), decidedAt: at,
      countedTo: try integer("counted_to"))
  }

  private func tickOutcome() throws(RecordsError) -> TickRecord.Outcome {
    let outcome = TickRecord.Outcome(
      word: try string("outcome"), run: try optionalInteger("run"), reason: try optionalReason())
    guard let outcome else { throw wrong("outcome") }
    return outcome
  }

  private func tick() throws(RecordsError) -> TickRecord {
    let moment = Instant(milliseconds: try integer("tick"))
    return TickRecord(
      pipeline: try pipeline(), at: moment,
      through: try optionalInteger("through").map(Instant.init(milliseconds:)),
      outcome: try tickOutcome(), decidedAt: at)
  }

  func numbers(_ name: String) throws(RecordsError) -> [Int64] {
    var numbers: [Int64] = []
    for item in try array(name) {
      guard let number = item.integer else { throw wrong(name) }
      numbers.append(number)
    }
    return numbers
  }

  /// The places of tasks; nil where there is no such list.
  private func places(_ name: String) throws(RecordsError) -> [Int]? {
    guard let list = value[name] else { return nil }
    guard let list = list.array else { throw wrong(name) }
    var places: [Int] = []
    for item in list {
      guard let place = item.integer else { throw wrong(name) }
      places.append(Int(place))
    }
    return places
  }

  private func inputs(_ name: String = "inputs") throws(RecordsError) -> [InputVersion] {
    guard let list = value[name] else { return [] }
    guard let inputs = [InputVersion](json: list) else { throw wrong(name) }
    return inputs
  }

  private func target() throws(RecordsError) -> PauseTarget {
    guard let target = PauseTarget(try string("target")) else { throw wrong("target") }
    return target
  }

  private func materialization() throws(RecordsError) -> MaterializationRecord {
    MaterializationRecord(
      id: try integer("version"), dataset: try dataset(value), partition: try partition(),
      attempt: try attempt(), rows: try optionalInteger("rows"), inputs: try inputs(),
      code: try optionalString("code"), content: try optionalInteger("content"), at: at)
  }

  private func acceptance() throws(RecordsError) -> AcceptanceRecord {
    AcceptanceRecord(
      id: try integer("version"), dataset: try dataset(value), partition: try string("partition"),
      code: try optionalString("code"), inputs: try inputs(), reason: try reason())
  }

  private func outcome() throws(RecordsError) -> AttemptOutcome {
    var outcome = AttemptOutcome(state: try word("state"), reason: try optionalReason())
    outcome.exitCode = try optionalInt("exit_code")
    outcome.signal = try optionalInt("signal")
    outcome.asksRetry = try flag("asks_retry")
    outcome.isPermanent = try flag("is_permanent")
    outcome.rows = try optionalInteger("rows")
    outcome.bytes = try optionalInteger("bytes")
    outcome.output = try optionalString("output")
    outcome.content = try optionalInteger("content")
    if value["inputs"] != nil { outcome.inputs = try inputs() }
    outcome.processorMilliseconds = try optionalInteger("processor_ms")
    outcome.peakMemory = try optionalInteger("peak_memory")
    return outcome
  }

  private func deferral() throws(RecordsError) -> Deferral {
    Deferral(
      until: Instant(milliseconds: try integer("until")), reason: try reason(),
      child: try optionalInteger("child"), madeChild: try flag("made_child"))
  }

  private func process() throws(RecordsError) -> ProcessIdentity {
    guard let pid = Int32(exactly: try integer("pid")) else { throw wrong("pid") }
    return ProcessIdentity(
      pid: pid, startTime: UInt64(bitPattern: try integer("process_start")), boot: try string("boot"))
  }

  private func instance() throws(RecordsError) -> InstanceID {
    InstanceID(run: try integer("run"), task: try int("task"), index: try optionalInt("index") ?? 0)
  }

  private func attempt() throws(RecordsError) -> AttemptID {
    AttemptID(instance: try instance(), number: try int("number"))
  }

  func dataset(_ value: JSONValue) throws(RecordsError) -> DatasetName {
    guard let text = value["dataset"]?.string, let name = DatasetName(text) else { throw wrong("dataset") }
    return name
  }

  func partition() throws(RecordsError) -> PartitionInterval? {
    guard let value = value["partition"] else { return nil }
    guard let key = value["key"]?.string, let start = value["start"]?.integer,
      let end = value["end"]?.integer
    else { throw wrong("partition") }
    return PartitionInterval(
      key: key, start: Instant(milliseconds: start), end: Instant(milliseconds: end))
  }

  private func ticks() throws(RecordsError) -> DataInterval? {
    guard value["ticks"] != nil else { return nil }
    let ticks = try array("ticks").compactMap(\.integer)
    guard ticks.count == 2 else { throw wrong("ticks") }
    return DataInterval(start: Instant(milliseconds: ticks[0]), end: Instant(milliseconds: ticks[1]))
  }

  func reason() throws(RecordsError) -> Reason {
    guard let reason = try optionalReason() else { throw wrong("reason") }
    return reason
  }

  func optionalReason() throws(RecordsError) -> Reason? {
    guard let value = value["reason"] else { return nil }
    guard let code = value["code"]?.string, let text = value["text"]?.string else { throw wrong("reason") }
    return Reason(code, text)
  }
}

extension PayloadReader {
  func wrong(_ member: String) -> RecordsError {
    RecordsError(.damaged, "a change '\(kind.rawValue)' in the event log has a wrong '\(member)'")
  }

  func integer(_ name: String) throws(RecordsError) -> Int64 {
    guard let value = try optionalInteger(name) else { throw wrong(name) }
    return value
  }

  func optionalInteger(_ name: String) throws(RecordsError) -> Int64? {
    guard let value = value[name] else { return nil }
    guard let integer = value.integer else { throw wrong(name) }
    return integer
  }

  func int(_ name: String) throws(RecordsError) -> Int { Int(try integer(name)) }
  func optionalInt(_ name: String) throws(RecordsError) -> Int? {
    try optionalInteger(name).map { Int($0) }
  }

  func string(_ name: String) throws(RecordsError) -> String {
    guard let value = try optionalString(name) else { throw wrong(name) }
    return value
  }

  func optionalString(_ name: String) throws(RecordsError) -> String? {
    guard let value = value[name] else { return nil }
    guard let string = value.string else { throw wrong(name) }
    return string
  }

  func flag(_ name: String) throws(RecordsError) -> Bool {
    guard let value = value[name] else { return false }
    guard case .boolean(let flag) = value else { throw wrong(name) }
    return flag
  }

  /// A word of one of the enumerations.
  func word<Word: RawRepresentable<String>>(_ name: String) throws(RecordsError) -> Word {
    guard let word = Word(rawValue: try string(name)) else { throw wrong(name) }
    return word
  }

  func array(_ name: String) throws(RecordsError) -> [JSONValue] {
    guard let items = value[name]?.array else { throw wrong(name) }
    return items
  }

  func strings(_ value: JSONValue, count: Int, member: String) throws(RecordsError) -> [String] {
    guard let items = value.array, items.count == count else { throw wrong(member) }
    var words: [String] = []
    for item in items {
      guard let word = item.string else { throw wrong(member) }
      words.append(word)
    }
    return words
  }

  func scalars(_ values: [JSONValue]) throws(RecordsError) -> [Scalar] {
    var scalars: [Scalar] = []
    for value in values { scalars.append(try scalar(value)) }
    return scalars
  }

  func scalar(_ value: JSONValue) throws(RecordsError) -> Scalar {
    guard let scalar = Scalar(json: value) else { throw wrong("values") }
    return scalar
  }
}

extension [InputVersion] {
  /// The list that `JSONWriter.inputVersions` wrote; nil for what it never writes.
  init?(json value: JSONValue) {
    guard let list = value.array else { return nil }
    self = []
    for item in list {
      guard let name = item["dataset"]?.string, let dataset = DatasetName(name),
        let partition = item["partition"]?.string, let version = item["version"]?.integer
      else { return nil }
      append(
        InputVersion(
          dataset: dataset, partition: partition, version: version, content: item["content"]?.integer))
    }
  }
}

extension Scalar {
  /// The value that `JSONWriter.scalar` wrote; nil for what it never writes.
  init?(json value: JSONValue) {
    switch value {
    case .null: self = .null
    case .boolean(let value): self = .boolean(value)
    case .integer(let value): self = .integer(value)
    case .number(let value): self = .real(value)
    case .string(let value): self = .text(value)
    case .array: return nil
    case .object:
      guard let text = value["real"]?.string, let number = Double(text) else { return nil }
      self = .real(number)
    }
  }
}
