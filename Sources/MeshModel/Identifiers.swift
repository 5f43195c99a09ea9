import Basics

/// The number of a run; users see it as it is: `412`.
public typealias RunID = Int64
/// The number of a backfill; users see `b12`.
public typealias BackfillID = Int64
/// The number of a release.
public typealias ReleaseID = Int64

/// One execution of a task within a run: the task and, under `each`, the number of its value.
public struct InstanceID: Hashable, Comparable, Sendable {
  public let run: RunID
  /// The task's place in its pipeline, from 0.
  public let task: Int
  /// Under `each` the place of its value; else 0.
  public let index: Int

  public init(run: RunID, task: Int, index: Int = 0) {
    self.run = run
    self.task = task
    self.index = index
  }

  public static func < (left: InstanceID, right: InstanceID) -> Bool {
    (left.run, left.task, left.index) < (right.run, right.task, right.index)
  }
}

/// One try of a task instance.
public struct AttemptID: Hashable, Comparable, Sendable {
  public let instance: InstanceID
  /// Numbered from 1 without gaps.
  public let number: Int

  public init(instance: InstanceID, number: Int) {
    self.instance = instance
    self.number = number
  }

  public static func < (left: AttemptID, right: AttemptID) -> Bool {
    (left.instance, left.number) < (right.instance, right.number)
  }
}

/// The name of an attempt that is unique among all state files: in stores, environments and external systems.
public struct AttemptKey: Hashable, Sendable, CustomStringConvertible {
  public let text: String

  public init(_ text: String) { self.text = text }

  /// `<state>-<run>-<task>-<index>-<attempt>`; `state` tells state files apart.
  public init(state: String, attempt: AttemptID) {
    let instance = attempt.instance
    text = "\(state)-\(instance.run)-\(instance.task)-\(instance.index)-\(attempt.number)"
  }

  /// The attempt that the key names, if it is one of the state file's own.
  public func attempt(inState state: String) -> AttemptID? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 5, parts[0] == state, let run = Int64(parts[1]), let task = Int(parts[2]),
      let index = Int(parts[3]), let number = Int(parts[4])
    else { return nil }
    return AttemptID(instance: InstanceID(run: run, task: task, index: index), number: number)
  }

  public var description: String { text }
}

/// The period that a run covers.
public struct PartitionInterval: Hashable, Sendable {
  /// The calendar key in the pipeline's zone: `2013-01-31`, `2013-W05`, `2013-01-31T05:00`.
  public let key: String
  /// Included; also the logical date.
  public let start: Instant
  /// Excluded.
  public let end: Instant

  public init(key: String, start: Instant, end: Instant) {
    self.key = key
    self.start = start
    self.end = end
  }
}
