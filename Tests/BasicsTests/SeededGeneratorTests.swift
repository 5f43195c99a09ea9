import Testing

@testable import Basics

@Suite struct SeededGeneratorTests {
  @Test func `the numbers are SplitMix64's`() {
    var chance = SeededGenerator(seed: 1_234_567)
    let expected: [UInt64] = [
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
    ]
    #expect(expected.map { _ in chance.next() } == expected)
  }

  @Test func `a fraction lies in its range and a seed foretells it`() {
    var one = SeededGenerator(seed: 9)
    var other = SeededGenerator(seed: 9)
    var sum = 0.0
    for _ in 0..<4000 {
      let fraction = one.fraction()
      #expect(fraction >= 0 && fraction < 1)
      #expect(fraction == other.fraction())
      sum += fraction
    }
    #expect(abs(sum / 4000 - 0.5) < 0.05)
  }

  @Test func `the machine's chance does not repeat`() throws {
    let one = try #require(SystemRandom.bits())
    let other = try #require(SystemRandom.bits())
    #expect(one != other)
  }

  @Test func `the machine's clock goes forward`() {
    let clock = SystemClock()
    let before = clock.monotonicNanoseconds
    #expect(clock.monotonicNanoseconds >= before)
    #expect(clock.now > Instant(seconds: 1_356_998_400))
  }
}
