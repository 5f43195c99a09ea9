import Basics
import CrashDisk
import MeshModel
import SQLite
import TestKit
import Testing

@testable import Records

/// Every write and every fsync as the moment in which the power fails, and what is there when it is back.
///
/// `HEDDLE_PROOF=1` takes every point with many chances; otherwise some of them are taken once.
@Suite struct CrashPointTests {
  static let variants: [Survival] = [.nothing, .part, .torn]
  let workload: ReferenceWorkload
  /// The history that every crash must lead to in the end.
  let whole: [String]
  /// The calls that change something, from the first that makes the file.
  let points: Int

  init() throws {
    workload = try ReferenceWorkload(seed: 5, commits: 40)
    let disk = CrashDisk(seed: 1)
    #expect(workload.play(on: disk) == workload.ends.last)
    points = disk.mutations
    whole = try workload.history(on: disk)
  }

  @Test(arguments: CrashPointTests.variants)
  func `a crash at any write or fsync loses nothing that was acknowledged`(survival: Survival) throws {
    let chances = survival == .nothing ? 1 : Sample.isWhole ? 3 : 1
    var tried = 0
    // Other points for each variant.
    let seed = UInt64(Self.variants.firstIndex(of: survival) ?? 0)
    for point in Sample.of(1...points, 14, seed: seed) {
      for chance in 0..<chances {
        try crash(at: point, survival, seed: UInt64(point * 100 + chance))
        tried += 1
      }
    }
    print("\(survival.rawValue): \(tried) crashes over \(points) writes and fsyncs, all recovered")
  }

  private func crash(at point: Int, _ survival: Survival, seed: UInt64) throws {
    let disk = CrashDisk(seed: seed)
    disk.powerFailsAt = point
    disk.isLogPaved = point % 2 == 0
    let acknowledged = workload.play(on: disk)
    disk.restart(survival)
    let moment = "point \(point), \(survival.rawValue), seed \(seed)"

    let owner: StateOwner
    do { owner = try workload.owner(on: disk) } catch {
      Issue.record("\(moment): the file cannot be opened: \(error)")
      return
    }
    let survived = owner.writer.lastSequence
    let next = workload.ends.first { $0 > acknowledged } ?? acknowledged
    #expect(
      survived == acknowledged || survived == next,
      "law 12, \(moment): \(acknowledged) was acknowledged, \(survived) is there")
    #expect(
      try StateFixture.rows("PRAGMA integrity_check", of: owner.writer.connection) == ["ok"], "\(moment)")
    #expect(try workload.reader(on: disk).differencesFromFold() == [], "law 10, \(moment)")

    #expect(workload.play(owner, after: survived) == workload.ends.last, "\(moment)")
    #expect(try workload.history(on: disk) == whole, "law 13, \(moment)")
    #expect(try workload.reader(on: disk).differencesFromFold() == [], "law 10, \(moment)")
  }

  /// What may go wrong with one call of the disk.
  static let faults: [@Sendable (Int) -> DiskFault] = [
    { .full(first: $0) }, { .brokenWrite(first: $0) }, { .brokenSync(first: $0) },
    { .brokenWrite(first: $0, isLasting: true) }, { .brokenSync(first: $0, isLasting: true) },
  ]

  @Test(arguments: 0..<CrashPointTests.faults.count)
  func `a commit that fails changes nothing, and a later one succeeds and is durable`(fault: Int) throws {
    for first in Sample.of(1...400, 5, seed: UInt64(fault)) {
      let disk = CrashDisk(seed: UInt64(first))
      disk.isLogPaved = first % 2 == 0
      let owner = try workload.owner(on: disk)
      disk.inject(Self.faults[fault](first))
      var acknowledged: Int64 = 0
      var failures = 0
      for (commit, end) in zip(workload.commits, workload.ends) {
        while true {
          do {
            try owner.writer.commit(commit)
            acknowledged = end
            break
          } catch {
            failures += 1
            #expect(owner.writer.lastSequence == acknowledged)
            #expect(try workload.reader(on: disk).lastSequence() == acknowledged)
            disk.repair()
            try #require(failures < 10, "fault \(fault) at \(first) does not heal: \(error)")
          }
        }
      }
      disk.restart(.nothing)
      #expect(try workload.owner(on: disk).writer.lastSequence == acknowledged, "fault \(fault) at \(first)")
      #expect(try workload.history(on: disk) == whole, "fault \(fault) at \(first)")
    }
  }
}
