import Basics
import MeshModel
import Planning

/// What will happen, in the order of its time.
final class Agenda {
  enum Happening {
    /// A process comes to its own end.
    case processEnds(AttemptKey)
    /// A process that was told to end obeys, or is killed.
    case processDies(AttemptKey, signal: Int, owner: Int)
    /// A worker tells the owner of that number; one that died hears nothing.
    case report(WorkerReport, owner: Int)
    case operatorActs
    case faultStrikes
    /// Faults of the disk are over.
    case diskHeals
    case ownerStarts
    /// The owner has time to keep its state small.
    case upkeep
    /// Somebody deploys what was edited.
    case deploy
    /// Somebody resumes what was paused.
    case resume(PauseTarget)
    /// Somebody wants to hear nothing of what is not in order.
    case silence
    /// Somebody wants done what they saw planned.
    case apply(LookedAt)
  }

  private struct Entry: Comparable {
    var due: Int64
    var sequence: UInt64
    var happening: Happening

    static func < (left: Entry, right: Entry) -> Bool {
      (left.due, left.sequence) < (right.due, right.sequence)
    }
    static func == (left: Entry, right: Entry) -> Bool { left.sequence == right.sequence }
  }

  private var heap = Heap<Entry>()
  private var sequence: UInt64 = 0
  /// Milliseconds since the simulation began; only moves on.
  private(set) var time: Int64 = 0

  /// When something happens next; nil: nothing will.
  var nextDue: Int64? { heap.first?.due }

  func add(_ happening: Happening, after milliseconds: Int64) {
    sequence += 1
    heap.insert(Entry(due: time + max(0, milliseconds), sequence: sequence, happening: happening))
  }

  /// What will happen, in its order, and when.
  var pending: [(due: Int64, happening: Happening)] {
    var rest = heap
    var found: [(due: Int64, happening: Happening)] = []
    while let next = rest.popFirst() { found.append((next.due, next.happening)) }
    return found
  }

  /// Lets time pass up to then; what was due earlier stays due.
  func advance(to moment: Int64) { time = max(time, moment) }

  /// Takes what is due now.
  func next() -> Happening? {
    guard let first = heap.first, first.due <= time else { return nil }
    return heap.popFirst()?.happening
  }
}
