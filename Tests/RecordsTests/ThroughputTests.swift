import Basics
import MeshModel
import TestKit
import Testing

@testable import Records

@Suite struct ThroughputTests {
  /// Prints figures; the bound is far away, so that a busy machine passes.
  @Test func `many changes in one commit cost little more than one`() throws {
    let state = try StateFixture()
    try state.commit(state.live(1))
    let clock = SystemClock()
    var task = 0
    var rates: [Int: Double] = [:]
    for size in [2, 20, 200] {
      let begin = clock.monotonicNanoseconds
      let commits = 2000 / size
      for _ in 0..<commits {
        var batch: [Change] = []
        for _ in 0..<size / 2 {
          let attempt = state.attempt(1, task)
          batch += [state.started(attempt), state.ended(attempt)]
          task += 1
        }
        try state.commit(batch)
      }
      rates[size] = Double(commits * size) / (Double(clock.monotonicNanoseconds - begin) / 1e9)
      print("\(size) changes a commit: \(Int(rates[size] ?? 0)) changes/s, each commit durable")
    }
    #expect(rates[200, default: 0] > rates[2, default: 0])
  }
}
