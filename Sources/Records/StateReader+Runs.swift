import Basics
import MeshModel
import SQLite

extension StateReader {
  /// The run of that number.
  public func run(_ id: RunID) throws(RecordsError) -> RunSummary? {
    try snapshot { _ in try summary(id) }
  }

  /// The latest run of a pipeline's partition, or of a pipeline whose runs have none.
  public func latestRun(of pipeline: PipelineName, partition: String?) throws(RecordsError) -> RunSummary? {
    try snapshot { _ in
      let run = try firstRow("SELECT run FROM current_runs WHERE pipeline = ? AND partition = ?") {
        $0.add(pipeline.description)
        $0.add(partition ?? "")
      } _: {
        try $0.int64(0)
      }
      return try run.flatMap { try summary($0) }
    }
  }

  /// The run that tells how a partition fares: of those that are not final the latest, since a second one may
  /// have been cancelled while the first goes on; where all are, the latest. Where there are no partitions it
  /// is the latest.
  public func currentRun(of pipeline: PipelineName, partition: String?) throws(RecordsError) -> RunSummary? {
    guard let partition else { return try latestRun(of: pipeline, partition: nil) }
    let live = RunFilter(
      pipelines: [pipeline], states: [.queued, .running], partition: partition, limit: 1)
    if let run = try runs(live).runs.first { return run }
    return try latestRun(of: pipeline, partition: partition)
  }

  /// Runs, the latest first. A page costs its own length, whatever the history.
  public func runs(_ filter: RunFilter) throws(RecordsError) -> RunPage {
    let limit = max(1, filter.limit)
    return try snapshot { _ in
      // One more than asked for tells whether there is a next page.
      let wanted = limit < Int.max ? limit + 1 : limit
      let ids = try runNumbers(filter, limit: wanted)
      let page = try summaries(Array(ids.prefix(limit)))
      return RunPage(runs: page, next: ids.count > limit ? page.last?.id : nil)
    }
  }

  /// The run of a pipeline that was made after another; nil: that is its latest.
  public func nextRun(after run: RunID, of pipeline: PipelineName) throws(RecordsError) -> RunID? {
    try snapshot { _ in
      // Asked for each state, since the index has the numbers in order within one.
      try RunState.allCases.compactMap { state in
        try firstRow("SELECT min(id) FROM runs WHERE pipeline = ? AND state = ? AND id > ?") {
          $0.add(pipeline.description)
          $0.add(state.rawValue)
          $0.add(run)
        } _: {
          try $0.optionalInt64(0)
        } ?? nil
      }.min()
    }
  }

  /// The runs that do another one again, ascending.
  public func retries(of run: RunID) throws(RecordsError) -> [RunID] {
    try snapshot { _ in
      try rows("SELECT id FROM runs WHERE retry_of = ? ORDER BY id") {
        $0.add(run)
      } _: {
        try $0.int64(0)
      }
    }
  }

  /// The latest first.
  private func summaries(_ ids: [RunID]) throws -> [RunSummary] {
    if ids.isEmpty { return [] }
    return try rows(
      """
      SELECT \(RunSummary.columns) FROM runs WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id DESC
      """
    ) {
      $0.add("[\(ids.map(\.description).joined(separator: ","))]")
    } _: {
      try RunSummary($0)
    }
  }

  func summary(_ id: RunID) throws -> RunSummary? {
    try firstRow("SELECT \(RunSummary.columns) FROM runs WHERE id = ?") {
      $0.add(id)
    } _: {
      try RunSummary($0)
    }
  }

  /// Descending.
  func runNumbers(_ filter: RunFilter, limit: Int) throws -> [RunID] {
    if filter.partition != nil || filter.backfill != nil {
      return try runNumbersOfFew(filter, limit: limit)
    }
    let states = filter.states.isEmpty ? nil : filter.states.map(\.rawValue).sorted()
    guard let pipelines = filter.pipelines else {
      guard let states else { return try runNumbers("", filter.before, limit) { _ in } }
      return try merged(states, limit) { state in
        try runNumbers("AND state = ?", filter.before, limit) { $0.add(state) }
      }
    }
    return try merged(Set(pipelines).map(\.description), limit) { pipeline in
      try merged(states ?? RunState.allCases.map(\.rawValue), limit) { state in
        try runNumbers("AND pipeline = ? AND state = ?", filter.before, limit) {
          $0.add(pipeline)
          $0.add(state)
        }
      }
    }
  }

  /// The latest of several lists, each of which an index gives in order.
  private func merged(_ words: [String], _ limit: Int, _ list: (String) throws -> [RunID]) throws -> [RunID] {
    var all: [RunID] = []
    for word in words {
      all += try list(word)
      if all.count > 8 * limit { all = Array(all.sorted(by: >).prefix(limit)) }
    }
    return Array(all.sorted(by: >).prefix(limit))
  }

  private func runNumbers(
    _ condition: String, _ before: RunID?, _ limit: Int, _ bind: (inout Binding) -> Void
  ) throws -> [RunID] {
    try rows("SELECT id FROM runs WHERE id < ? \(condition) ORDER BY id DESC LIMIT ?") {
      $0.add(before ?? .max)
      bind(&$0)
      $0.add(limit)
    } _: {
      try $0.int64(0)
    }
  }

  /// A partition or a backfill has few enough runs to look at each.
  private func runNumbersOfFew(_ filter: RunFilter, limit: Int) throws -> [RunID] {
    let index = filter.partition == nil ? "runs_by_backfill" : "runs_by_partition"
    let backfill = filter.backfill == nil ? "?2 IS NULL" : "backfill = ?2"
    let partition = filter.partition == nil ? "?1 IS NULL" : "partition = ?1"
    return try rows(
      """
      SELECT id FROM runs INDEXED BY \(index) WHERE \(partition) AND \(backfill) AND id < ?3
        AND (?4 IS NULL OR pipeline IN (SELECT value FROM json_each(?4)))
        AND (?5 IS NULL OR state IN (SELECT value FROM json_each(?5)))
      ORDER BY id DESC LIMIT ?6
      """
    ) {
      $0.add(filter.partition)
      $0.add(filter.backfill)
      $0.add(filter.before ?? .max)
      $0.add(filter.pipelines.map { Self.list($0.map(\.description)) })
      $0.add(filter.states.isEmpty ? nil : Self.list(filter.states.map(\.rawValue)))
      $0.add(limit)
    } _: {
      try $0.int64(0)
    }
  }

  /// A JSON array of words, for `json_each`.
  private static func list(_ words: [String]) -> String {
    var writer = JSONWriter()
    writer.array { writer in for word in words { writer.string(word) } }
    return writer.text
  }
}
