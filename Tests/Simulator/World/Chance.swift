import Basics

/// The chances of one simulation, all foretold by its seed.
final class Chance {
  var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// True that often.
  func happens(_ probability: Double) -> Bool { generator.fraction() < probability }

  func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

  func pick<Element>(_ elements: [Element]) -> Element? { elements.randomElement(using: &generator) }

  /// Milliseconds between the two, each order of magnitude as likely as any other.
  func span(_ least: Int64, _ most: Int64) -> Int64 {
    var (low, high) = (least, least)
    while high < most, happens(0.75) {
      low = high
      high = min(most, high * 10)
    }
    return Int64.random(in: low...max(low, high), using: &generator)
  }
}
