import MeshModel

/// Which facts concern the runs that somebody asked for, and whether these are over.
public struct FollowedRuns {
  /// Those that are not final.
  public private(set) var live: Set<RunID>
  private let backfill: BackfillID?
  private var backfillIsOver: Bool

  /// - Parameter backfill: its runs join as they are created.
  public init(runs: some Sequence<RunID>, backfill: BackfillID? = nil) {
    live = Set(runs)
    self.backfill = backfill
    backfillIsOver = backfill == nil
  }

  /// Everything is final.
  public var isOver: Bool { live.isEmpty && backfillIsOver }

  /// Takes note of a fact; whether it concerns the runs.
  public mutating func take(_ change: Change) -> Bool {
    switch change {
    case .runCreated(let record):
      if let backfill, record.backfill == backfill { live.insert(record.id) }
    case .backfillCreated(let record): return record.id == backfill
    case .backfillFinished(let id, _, _):
      if id == backfill { backfillIsOver = true }
      return id == backfill
    default: break
    }
    guard let run = change.run, live.contains(run) else { return false }
    if case .runFinished = change { live.remove(run) }
    return true
  }
}
