import Basics
import MeshModel
import SQLite

extension StateReader {
  /// Where more pipelines are asked for, it is cheaper to look first which of them have runs in which state.
  private static let few = 8

  /// How each of some pipelines is doing, in the order given, with up to `recent` of its latest runs.
  public func status(of pipelines: [PipelineName], recent: Int = 14) throws(RecordsError) -> [PipelineStatus]
  {
    try snapshot { _ in
      let all = Set(RunState.allCases)
      let states = pipelines.count > Self.few ? try statesOfRuns() : nil
      return try pipelines.map { pipeline in
        try status(of: pipeline, recent, among: states.map { $0[pipeline.description] ?? [] } ?? all)
      }
    }
  }

  /// In which states each pipeline has runs; the index leads from one to the next, however many runs there
  /// are. A comparison of rows would be led by its first column alone.
  private func statesOfRuns() throws -> [String: Set<RunState>] {
    var states: [String: Set<RunState>] = [:]
    let pairs = try rows(
      """
      WITH RECURSIVE pairs (pipeline, state) AS (
        SELECT pipeline, state FROM (SELECT pipeline, state FROM runs ORDER BY pipeline, state LIMIT 1)
        UNION ALL
        SELECT next.pipeline, next.state FROM pairs JOIN runs AS next ON next.id = coalesce(
          (SELECT id FROM runs WHERE pipeline = pairs.pipeline AND state > pairs.state
            ORDER BY state LIMIT 1),
          (SELECT id FROM runs WHERE pipeline > pairs.pipeline ORDER BY pipeline, state LIMIT 1)))
      SELECT pipeline, state FROM pairs
      """
    ) { _ in
    } _: {
      (try $0.text(0), try $0.text(1))
    }
    for (pipeline, state) in pairs {
      if let state = RunState(rawValue: state) { states[pipeline, default: []].insert(state) }
    }
    return states
  }

  /// - Parameter states: no run of it is in another one.
  private func status(
    of pipeline: PipelineName, _ recent: Int, among states: Set<RunState>
  ) throws -> PipelineStatus {
    guard !states.isEmpty else { return PipelineStatus(pipeline: pipeline) }
    let page = try runs(RunFilter(pipelines: [pipeline], states: states, limit: recent))
    var status = PipelineStatus(pipeline: pipeline, recent: page.runs)
    status.lastSuccess = page.runs.first { $0.state == .success }
    let isFound = status.lastSuccess != nil || page.next == nil
    if !isFound, states.contains(.success) { status.lastSuccess = try lastSuccess(of: pipeline) }
    if isFound {
      let failures = page.runs.filter { $0.state == .failed && $0.id > status.lastSuccess?.id ?? 0 }
      status.failures = failures.count
      status.failingSince = failures.last?.finishedAt
    } else if states.contains(.failed) {
      (status.failures, status.failingSince) = try failures(of: pipeline, after: status.lastSuccess)
    }
    func count(_ state: RunState) throws -> Int {
      if page.next == nil { return page.runs.count { $0.state == state } }
      return states.contains(state) ? try self.count(state, of: pipeline) : 0
    }
    status.queued = try count(.queued)
    status.running = try count(.running)
    return status
  }

  private func lastSuccess(of pipeline: PipelineName) throws -> RunSummary? {
    let last = try firstRow("SELECT max(id) FROM runs WHERE pipeline = ? AND state = 'success'") {
      $0.add(pipeline.description)
    } _: {
      try $0.optionalInt64(0)
    }
    return try (last ?? nil).flatMap { try summary($0) }
  }

  /// How many have failed since the last success, and when the first of them had.
  private func failures(
    of pipeline: PipelineName, after success: RunSummary?
  ) throws -> (count: Int, since: Instant?) {
    let failing = try firstRow(
      "SELECT count(*), min(id) FROM runs WHERE pipeline = ? AND state = 'failed' AND id > ?"
    ) {
      $0.add(pipeline.description)
      $0.add(success?.id ?? 0)
    } _: {
      (count: try $0.int(0), first: try $0.optionalInt64(1))
    }
    return (failing?.count ?? 0, try failing?.first.flatMap { try summary($0) }?.finishedAt)
  }

  private func count(_ state: RunState, of pipeline: PipelineName) throws -> Int {
    try firstRow("SELECT count(*) FROM runs WHERE pipeline = ? AND state = ?") {
      $0.add(pipeline.description)
      $0.add(state.rawValue)
    } _: {
      try $0.int(0)
    } ?? 0
  }

  /// The backfill of that number.
  public func backfill(_ id: BackfillID) throws(RecordsError) -> BackfillSummary? {
    try snapshot { _ in try backfills("id = ?1", id, limit: 1).first }
  }

  /// Backfills, the latest first.
  public func backfills(before: BackfillID? = nil, limit: Int = 20) throws(RecordsError) -> [BackfillSummary]
  {
    try snapshot { _ in try backfills("id < ?1", before ?? .max, limit: limit) }
  }

  /// The domains of a backfill's runs.
  public func domains(of backfill: BackfillID) throws(RecordsError) -> Set<String> {
    try snapshot { _ in
      let names = try rows(
        "SELECT DISTINCT substr(pipeline, 1, instr(pipeline, '/') - 1) FROM runs WHERE backfill = ?"
      ) {
        $0.add(backfill)
      } _: {
        try $0.text(0)
      }
      return Set(names)
    }
  }

  private func backfills(_ condition: String, _ id: BackfillID, limit: Int) throws -> [BackfillSummary] {
    var found = try rows(
      """
      SELECT id, request, runs, max_active, state, created_at, finished_at FROM backfills
      WHERE \(condition) ORDER BY id DESC LIMIT ?2
      """
    ) {
      $0.add(id)
      $0.add(limit)
    } _: { row in
      BackfillSummary(
        id: try row.int64(0), request: try row.text(1), planned: try row.int(2),
        maxActive: try row.optionalInt(3), state: try row.word(4), createdAt: try row.instant(5),
        finishedAt: try row.optionalInstant(6), runs: [:])
    }
    for place in found.indices {
      let counts = try rows("SELECT state, count(*) FROM runs WHERE backfill = ? GROUP BY state") {
        $0.add(found[place].id)
      } _: {
        (try $0.word(0, RunState.self), try $0.int(1))
      }
      found[place].runs = Dictionary(counts, uniquingKeysWith: +)
    }
    return found
  }

  /// What is paused, sorted by name.
  public func paused() throws(RecordsError) -> [PauseTarget] {
    try snapshot { _ in try pauses() }
  }

  func pauses() throws -> [PauseTarget] {
    try rows("SELECT target FROM pauses ORDER BY target") { row in
      guard let target = PauseTarget(try row.text(0)) else { throw row.wrong(0) }
      return target
    }
  }

  /// The number of the last event; 0 before the first.
  public func lastSequence() throws(RecordsError) -> Int64 {
    try snapshot { _ in try connection.integer(of: "SELECT max(seq) FROM events") }
  }

  /// Another number whenever the owner has committed since it was asked for last; cheap enough to be asked
  /// all the time.
  public func dataVersion() throws(RecordsError) -> Int64 {
    try recordsErrors { try connection.integer(of: "PRAGMA data_version") }
  }

  /// Events after a number, in order.
  public func events(after sequence: Int64, limit: Int = 1000) throws(RecordsError) -> [EventRecord] {
    try snapshot { _ in
      try rows("SELECT seq, at, kind, payload FROM events WHERE seq > ? ORDER BY seq LIMIT ?") {
        $0.add(sequence)
        $0.add(limit)
      } _: { row in
        let kind = try row.text(2)
        let at = try row.instant(1)
        let change = try row.statement.withUTF8(3) { bytes in
          try bytes.map { try ChangeCoding.decode(kind: kind, at: at, payload: $0) }
        }
        guard let change else { throw row.wrong(3) }
        return EventRecord(sequence: try row.int64(0), change: change)
      }
    }
  }
}
