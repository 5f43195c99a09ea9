import Basics
import MeshModel

/// Keeps a state file small by the mesh's rules, in pieces so short that whoever owns the state can do one
/// between two turns. A crash between any two pieces is harmless: what is begun is begun again.
///
/// Runs first, then events. Files are the caller's: what has no run any more has no use.
public final class Upkeep {
  /// What was done so far.
  public struct Tally: Sendable, Hashable {
    public var runs = 0
    public var alerts = 0
    public var events: Int64 = 0
  }

  private enum Stage {
    case staleParts
    case runs(after: RunID, removed: Bool)
    case alerts
    case judgeEvents
    case fold(Fold, upTo: Int64)
    case write(parts: () throws -> [UInt8]?, next: Int64, upTo: Int64)
    case events
    case tidy
    case done
  }

  private let writer: RecordWriter
  private let reader: StateReader
  private let rule: RetentionRule
  private let clock: any Clock
  private let leastEvents: Int64
  private var stage = Stage.staleParts
  public private(set) var tally = Tally()

  /// - Parameter leastEvents: a snapshot is not taken for fewer.
  public init(
    writer: RecordWriter, reader: StateReader, rule: RetentionRule, clock: any Clock,
    leastEvents: Int64? = nil
  ) {
    self.writer = writer
    self.reader = reader
    self.rule = rule
    self.clock = clock
    self.leastEvents = leastEvents ?? RetentionRule.leastEvents
  }

  /// Does the next piece; false when nothing is left to do.
  public func step() throws(RecordsError) -> Bool {
    try recordsErrors {
      stage = try next()
      if case .done = stage { return false }
      return true
    }
  }

  private func next() throws -> Stage {
    switch stage {
    case .staleParts:
      return try writer.removeStaleParts() ? .staleParts : .runs(after: 0, removed: false)
    case .runs(let last, let removed): return try removeRuns(after: last, removed)
    case .alerts: return try removeAlerts()
    case .judgeEvents: return try judgeEvents()
    case .fold(let fold, let end):
      if fold.last < end, try fold.advance(with: reader, upTo: end, limit: 200) { return stage }
      return .write(parts: fold.parts(), next: 1, upTo: end)
    case .write(let parts, let number, let end):
      if let part = try parts() {
        try writer.add(part: number, part, toSnapshot: end)
        return .write(parts: parts, next: number + 1, upTo: end)
      }
      try writer.finishSnapshot(end, at: clock.now)
      return .events
    case .events:
      let before = try reader.logEnds().first
      if try writer.removeFoldedEvents() {
        tally.events += try reader.logEnds().first - before
        return .events
      }
      if try writer.removeStaleParts() { return .events }
      try writer.removeStaleSnapshots()
      return .tidy
    case .tidy:
      try writer.tidy()
      return .done
    case .done: return .done
    }
  }

  /// A run may only go once what retried it is gone, so runs are looked through until none goes any more.
  private func removeRuns(after last: RunID, _ removed: Bool) throws -> Stage {
    guard let age = rule.runs else { return .judgeEvents }
    let page = try reader.removableRuns(
      after: last, finishedBefore: clock.now - age, window: RetentionRule.runsAtOnce)
    var rows = 0
    let batch = page.runs.prefix { run in
      defer { rows += run.rows }
      return rows < RetentionRule.rowsAtOnce
    }
    if !batch.isEmpty { try writer.commit([.runsRemoved(batch.map(\.id), at: clock.now)]) }
    tally.runs += batch.count
    let hasRemoved = removed || !batch.isEmpty
    if batch.count < page.runs.count, let end = batch.last {
      return .runs(after: end.id, removed: hasRemoved)
    }
    if let next = page.next { return .runs(after: next, removed: hasRemoved) }
    return hasRemoved ? .runs(after: 0, removed: false) : .alerts
  }

  /// Alerts that are over are kept for as long as runs are.
  private func removeAlerts() throws -> Stage {
    guard let age = rule.runs else { return .judgeEvents }
    let alerts = try reader.removableAlerts(
      resolvedBefore: clock.now - age, limit: RetentionRule.rowsAtOnce / 4)
    guard !alerts.isEmpty else { return .judgeEvents }
    try writer.commit([.alertsRemoved(alerts, at: clock.now)])
    tally.alerts += alerts.count
    return .alerts
  }

  private func judgeEvents() throws -> Stage {
    guard let age = rule.events else { return .events }
    let ends = try reader.logEnds()
    let end = try reader.lastEvent(before: clock.now - age)
    guard end - ends.folded >= leastEvents else { return .events }
    let fold = try Fold(in: .scratchFile)
    try fold.begin(with: reader)
    return .fold(fold, upTo: end)
  }
}
