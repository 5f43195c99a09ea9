import TestKit
import Testing

struct SampleTests {
  @Test(arguments: [1, 7, 99, 100])
  func `a sample has one of each stretch from the beginning to the end, and the same ones each time`(
    count: Int
  ) {
    let sample = Sample.of(0..<100, count, isWhole: false)
    #expect(sample.count == count)
    for (stretch, chosen) in sample.enumerated() {
      #expect((stretch * 100 / count..<(stretch + 1) * 100 / count).contains(chosen))
    }
    #expect(sample == Sample.of(0..<100, count, isWhole: false))
  }

  @Test func `another seed chooses others`() {
    #expect(
      Sample.of(0..<100, 10, seed: 1, isWhole: false) != Sample.of(0..<100, 10, seed: 2, isWhole: false))
  }

  @Test func `all are tried where there are no more, and where everything is tried`() {
    #expect(Sample.of([3, 1, 2], 4, isWhole: false) == [3, 1, 2])
    #expect(Sample.of(0..<9, 2, isWhole: true) == Array(0..<9))
  }
}
