import MeshModel

/// The legal transitions as the manual has them, written down a second time, but those that nothing makes: of
/// an attempt that was told to end a success stands, and any other end is the stop's doing.
enum Transitions {
  /// All of them, as the ledger names them.
  static var all: [String] {
    [("run", runs), ("instance", instances), ("attempt", attempts), ("backfill", backfills)]
      .flatMap { kind, moves in moves.sorted().map { "\(kind) \($0)" } }
  }

  static let runs: Set<String> = [
    "none -> queued", "queued -> running", "queued -> cancelled", "running -> success", "running -> failed",
    "running -> cancelled",
  ]

  static let instances: Set<String> = [
    "waiting -> queued", "waiting -> success", "waiting -> failed", "waiting -> skipped",
    "waiting -> upstream_failed", "waiting -> cancelled", "queued -> running", "queued -> cancelled",
    "running -> success", "running -> failed", "running -> skipped", "running -> cancelled",
    "running -> retrying", "retrying -> queued", "retrying -> cancelled", "waiting -> deferred",
    "queued -> deferred", "deferred -> success", "deferred -> failed", "deferred -> skipped",
    "deferred -> cancelled", "deferred -> retrying",
  ]

  static let attempts: Set<String> = [
    "none -> starting", "none -> running", "starting -> running", "starting -> stopping",
    "starting -> success",
    "starting -> failed", "starting -> cancelled", "starting -> skipped", "starting -> lost",
    "starting -> timed_out", "running -> stopping", "running -> success", "running -> failed",
    "running -> cancelled", "running -> skipped", "running -> lost", "running -> timed_out",
    "stopping -> success", "stopping -> cancelled", "stopping -> timed_out",
  ]

  static let backfills: Set<String> = [
    "none -> running", "running -> success", "running -> failed", "running -> cancelled",
  ]
}
