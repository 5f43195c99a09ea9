import Basics
import MeshModel

extension RunSummary {
  /// `operations/departures@2013-01-31`.
  public var name: String { partition.map { "\(pipeline)@\($0.key)" } ?? "\(pipeline)" }

  /// How long it took, or takes by now.
  public func duration(at now: Instant) -> Duration? { startedAt.map { (finishedAt ?? now) - $0 } }
}

extension InstanceSummary {
  /// `publish`, `publish[EWR]`.
  public var name: String { value.map { "\(task)[\($0.text)]" } ?? task }

  /// The time of its last attempt, or of all of it so far.
  public func duration(at now: Instant) -> Duration? {
    attempts.last.map { ($0.finishedAt ?? now) - $0.startedAt }
  }

  /// Why it is as it is.
  public var remark: String? { reason?.text ?? attempts.last?.reason?.text }
}

extension RunDetail {
  /// The instance that failed first, which is where to look.
  public var rootFailure: InstanceSummary? {
    let failed = instances.filter { $0.state == .failed }
    return failed.min { ($0.finishedAt ?? run.createdAt, $0.id) < ($1.finishedAt ?? run.createdAt, $1.id) }
  }
}
