import TestKit
import Testing

@testable import Simulator

/// The simulator itself. `make simulate` plays more seeds, in a release build.
@Suite struct SimulatorTests {
  @Test(arguments: Sample.of([4, 45, 77] as [UInt64], 2))
  func `the same seed gives the same event log`(seed: UInt64) {
    let first = Simulation.play(seed: seed, acts: 12)
    let second = Simulation.play(seed: seed, acts: 12)
    #expect(!first.logDigest.isEmpty && first.logDigest == second.logDigest)
    #expect(
      first.decisions == second.decisions && first.simulatedMilliseconds == second.simulatedMilliseconds)
    #expect(first.violations.isEmpty, "\(first.violations.map(\.description))")
  }

  @Test(arguments: Sample.of(1...16 as ClosedRange<UInt64>, 4))
  func `a forecast tells what happens then`(seed: UInt64) {
    let played = World.playForetold(seed: seed, isTraced: false)
    #expect(played.violations.isEmpty, "\(played.violations.map(\.description))")
  }

  @Test func `every graph of up to three tasks follows the trigger rules`() {
    var driver = ExhaustiveDriver()
    driver.play(tasks: 1)
    driver.play(tasks: 2)
    driver.play(tasks: 3, stride: 400)
    #expect(driver.violations.isEmpty, "\(driver.violations)")
    #expect(driver.cases > 3000)
  }

  @Test func `there is one graph of each shape`() {
    #expect((1...4).map { SmallGraph.all(of: $0).count } == [1, 2, 6, 31])
  }

  @Test func `a ledger is gone on with where it ends`() {
    var tally = Tally()
    tally.decisions = 70
    let lines = [1, 11].map { LedgerLine(commit: "c", first: $0, seeds: 10, tally: tally).text }
    let ledger = ([LedgerLine.header] + lines).joined(separator: "\n")
    #expect(LedgerLine.sum(of: ledger) == (21, 140))
  }

  @Test func `a ledger tells what is too rare`() {
    var tally = Tally()
    for kind in FaultKind.allCases where kind != .cancel { tally.faults[kind] = 5 }
    for transition in Transitions.all { tally.transitions[transition] = 9 }
    tally.transitions["run queued -> running"] = 4
    let line = LedgerLine(commit: "c", first: 1, seeds: 1, tally: tally).text
    let rare = LedgerLine.rare(in: "\(LedgerLine.header)\n\(line)\n\(line)", least: 9)
    #expect(rare == ["cancel: 0", "run queued -> running: 8"])
  }
}
