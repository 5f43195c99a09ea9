import Basics
import MeshModel
import Planning
import Testing

/// What lies in columns reads as what was noted one by one.
@Suite struct PartitionLedgerTests {
  @Test(arguments: 0..<20) func `a recorded ledger answers as one that was noted`(seed: Int) {
    var chance = SeededGenerator(seed: UInt64(seed))
    let dataset = DatasetName(domain: "d", name: "x")
    let count = Int.random(in: 0...40, using: &chance)
    let keys = Set((0..<count).map { _ in "\(Int.random(in: 0..<60, using: &chance))" })
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    var recorded = RecordedPartitions()
    var noted = PartitionLedger()
    for (place, key) in keys.enumerated() {
      let at = Instant(milliseconds: Int64.random(in: 0..<1000, using: &chance))
      recorded.append(key: key.utf8, version: Int64(place), at: at, run: place.isMultiple(of: 2) ? 7 : nil)
      noted.record(dataset, key, .init(version: Int64(place), at: at, run: place.isMultiple(of: 2) ? 7 : nil))
    }
    var ledger = PartitionLedger()
    ledger.load(dataset, recorded)
    for step in 0..<10 {
      for number in 0..<60 {
        let (one, other) = (ledger.entry(dataset, "\(number)"), noted.entry(dataset, "\(number)"))
        #expect(one?.version == other?.version && one?.at == other?.at && one?.run == other?.run)
      }
      #expect(ledger.newest(of: dataset) == noted.newest(of: dataset))
      let key = "\(Int.random(in: 0..<60, using: &chance))"
      if step.isMultiple(of: 2) {
        ledger.remove(dataset, key)
        noted.remove(dataset, key)
      } else {
        let entry = PartitionLedger.Entry(version: 99, at: Instant(milliseconds: Int64(step)), run: nil)
        ledger.record(dataset, key, entry)
        noted.record(dataset, key, entry)
      }
    }
  }
}
