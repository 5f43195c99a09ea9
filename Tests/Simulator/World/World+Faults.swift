import Basics
import CrashDisk
import Lineage
import Orchestration
import Planning
import Records

/// What goes wrong around the owner.
extension World {
  /// A fault of the machine, the disk or the clock, if the seed has it.
  func strike() {
    let kinds: [FaultKind] = [
      .ownerKilled, .ownerKilledWriting, .fullDisk, .brokenWrite, .brokenSync, .busyRecord, .clockForward,
      .clockBackward, .declarationsEdited, .declarationsDeleted,
    ]
    let chosen = twin == nil ? kinds : [.ownerKilled, .ownerKilledWriting]
    guard let kind = chance.pick(chosen), machine.faults.has(kind), owner != nil else { return }
    tally.count(kind)
    switch kind {
    case .ownerKilled: die()
    // The next commits are a dozen writes or two: one of them is the last.
    case .ownerKilledWriting: disk.powerFailsAt = disk.mutations + chance.number(1...25)
    case .fullDisk: breakDisk(.full(first: chance.number(1...10)))
    case .brokenWrite:
      breakDisk(.brokenWrite(first: chance.number(1...10), isLasting: chance.happens(0.5)))
    case .brokenSync: breakDisk(.brokenSync(first: chance.number(1...3), isLasting: chance.happens(0.5)))
    case .busyRecord: breakDisk(.busy(isLasting: true))
    case .clockForward: clock.step(by: .milliseconds(chance.span(1_000, 40_000_000_000)))
    case .clockBackward: clock.step(by: .milliseconds(-chance.span(1_000, 40_000_000_000)))
    case .declarationsEdited, .declarationsDeleted: edit(deletes: kind == .declarationsDeleted)
    default: return
    }
  }

  private func breakDisk(_ fault: DiskFault) {
    disk.inject(fault)
    agenda.add(.diskHeals, after: chance.span(100, 100_000))
  }

  /// Somebody edits the declarations, and they become the release of later runs, now or at the next start.
  private func edit(deletes: Bool) {
    mesh = maker.edited(mesh, deletes: deletes)
    isEdited = true
    for name in graph.nodes.map(\.name) where chance.happens(0.2) { edits[name, default: 0] += 1 }
    if chance.happens(0.6) { agenda.add(.deploy, after: chance.span(1, 1_000_000)) }
  }

  /// Takes a release while the loop turns; live runs keep theirs.
  func deploy(_ writer: RecordWriter, _ scheduler: inout Scheduler, at now: Instant) throws(SessionError) {
    do { try takeRelease(writer) } catch { throw SessionError(.environment, "\(error)") }
    if let release = releases[latest] { scheduler.handle(.release(release), at: now) }
  }
}
