import Basics
import MeshModel
import SQLite

extension StateReader {
  /// How each of some pipelines is doing, in the order given, with up to `recent` of its latest runs.
  public func status(of pipelines: [PipelineName], recent: Int = 14) throws(RecordsError) -> [PipelineStatus]
  {
    try snapshot { _ in try pipelines.map { try status(of: $0, recent: recent) } }
  }

  private func status(of pipeline: PipelineName, recent: Int) throws -> PipelineStatus {
    let runs = try runs(RunFilter(pipelines: [pipeline], limit: recent)).runs
    let last = try firstRow(
      "SELECT max(id) FROM runs WHERE pipeline = ? AND state = 'success'"
    ) {
      $0.add(pipeline.description)
    } _: {
      try $0.optionalInt64(0)
    }
    let lastSuccess = last ?? nil
    let failing = try firstRow(
      "SELECT count(*), min(id) FROM runs WHERE pipeline = ? AND state = 'failed' AND id > ?"
    ) {
      $0.add(pipeline.description)
      $0.add(lastSuccess ?? 0)
    } _: {
      (count: try $0.int(0), first: try $0.optionalInt64(1))
    }
    return PipelineStatus(
      pipeline: pipeline, recent: runs, lastSuccess: try lastSuccess.flatMap { try summary($0) },
      queued: try count(.queued, of: pipeline), running: try count(.running, of: pipeline),
      failures: failing?.count ?? 0,
      failingSince: try failing?.first.flatMap { try summary($0) }?.finishedAt)
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
