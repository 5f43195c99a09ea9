import Basics
import Records

/// What stood in the record and was published when something was read, and when that was.
struct RecordMoment: Sendable {
  private let edition: Int
  private let sequence: Int64
  /// In nanoseconds of the monotonic clock.
  private let readAt: UInt64

  init(_ world: PageWorld) throws {
    edition = world.release.edition
    sequence = try world.reader.lastSequence()
    readAt = world.clock.monotonicNanoseconds
  }

  /// Whether nothing happened and nothing was published since the other, so many nanoseconds ago at most.
  func continues(_ other: RecordMoment, within longest: UInt64) -> Bool {
    edition == other.edition && sequence == other.sequence && readAt &- other.readAt < longest
  }
}
