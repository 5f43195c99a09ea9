import Basics
import Foundation

/// What a test tries of everything that it could try.
public enum Sample {
  /// Tests try everything, as in `make proof`: `HEDDLE_PROOF=1`.
  public static let isWhole = ProcessInfo.processInfo.environment["HEDDLE_PROOF"] == "1"

  /// As many as asked for, from the beginning to the end: of each of so many stretches the one that the seed
  /// chooses.
  /// All of them when tests try everything.
  public static func of<Elements: RandomAccessCollection>(
    _ all: Elements, _ count: Int, seed: UInt64 = 1, isWhole: Bool = Sample.isWhole
  ) -> [Elements.Element] {
    guard !isWhole, count < all.count, count > 0 else { return Array(all) }
    var chance = SeededGenerator(seed: seed)
    return (0..<count).map { stretch in
      let (begin, end) = (stretch * all.count / count, (stretch + 1) * all.count / count)
      return all[all.index(all.startIndex, offsetBy: Int.random(in: begin..<end, using: &chance))]
    }
  }
}
