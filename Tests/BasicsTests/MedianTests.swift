import Testing

@testable import Basics

@Suite struct MedianTests {
  @Test(
    arguments: [([], nil), ([7], 7), ([9, 1, 5], 5), ([4, 1], 4), ([8, 2, 6, 4], 6), ([3, 3, 1, 3], 3)]
      as [([Int], Int?)])
  func `the median is the middle one, of an even number the greater of the two`(
    _ values: [Int], _ median: Int?
  ) {
    #expect(values.median == median)
    #expect(values.reversed().median == median)
  }
}
