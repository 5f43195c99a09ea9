import MeshModel
import Records

/// What the event log says of some runs, as it is written.
struct EventTail {
  private let reader: StateReader
  private var last: Int64
  private var version: Int64?
  /// Runs that are not final; those of the backfill join as they are created.
  private var live: Set<RunID>
  private let backfill: BackfillID?
  private var backfillIsOver: Bool

  /// - Parameter last: the number of the event after which the runs were created.
  init(_ reader: StateReader, after last: Int64, runs: Set<RunID>, backfill: BackfillID?) {
    self.reader = reader
    self.last = last
    live = runs
    self.backfill = backfill
    backfillIsOver = backfill == nil
  }

  /// Everything is final.
  var isOver: Bool { live.isEmpty && backfillIsOver }

  /// What was committed since, as far as it belongs to the runs; at most some thousand changes at once.
  mutating func next() throws(RecordsError) -> [Change] {
    let current = try reader.dataVersion()
    guard current != version else { return [] }
    var found: [Change] = []
    for _ in 0..<8 {
      let page = try reader.events(after: last)
      guard let newest = page.last else {
        version = current
        break
      }
      last = newest.sequence
      for event in page where concerns(event.change) { found.append(event.change) }
    }
    return found
  }

  private mutating func concerns(_ change: Change) -> Bool {
    if case .runCreated(let record) = change, let backfill, record.backfill == backfill {
      live.insert(record.id)
    }
    if case .backfillFinished(let id, _, _) = change, id == backfill {
      backfillIsOver = true
      return true
    }
    guard let run = change.run, live.contains(run) else { return false }
    if case .runFinished = change { live.remove(run) }
    return true
  }
}

extension Change {
  /// The run that it is about; nil: it is about none.
  var run: RunID? {
    switch self {
    case .runCreated(let record): record.id
    case .runStarted(let run, _), .runFinished(let run, _, _, _), .fannedOut(let run, _, _, _): run
    case .conditionEvaluated(let instance, _, _), .instanceQueued(let instance, _, _),
      .instanceFinished(let instance, _, _, _):
      instance.run
    case .attemptStarted(let attempt, _, _, _), .attemptRunning(let attempt, _, _),
      .attemptStopping(let attempt, _, _), .attemptEnded(let attempt, _, _, _, _):
      attempt.instance.run
    default: nil
    }
  }
}
