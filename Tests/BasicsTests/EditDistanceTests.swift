import Basics
import Testing

struct EditDistanceTests {
  @Test(arguments: [
    ("", "", 0), ("a", "", 1), ("kitten", "sitting", 3), ("flaw", "lawn", 2), ("ab", "ba", 1),
    ("abcd", "acbd", 1),
    ("schedule", "schedul", 1), ("owner", "owner", 0), ("ca", "abc", 3),
  ])
  func `the distance counts letters inserted, deleted, replaced or swapped`(
    left: String, right: String, distance: Int
  ) {
    #expect(EditDistance.between(left, right, limit: 9) == distance)
    #expect(EditDistance.between(right, left, limit: 9) == distance)
    #expect(EditDistance.between(left, right, limit: distance - 1) == nil)
  }

  @Test func `the nearest word is proposed only when it is near`() {
    let words = ["schedule", "share", "slots", "store"]
    #expect(EditDistance.nearest(to: "schedul", among: words) == "schedule")
    #expect(EditDistance.nearest(to: "STORE", among: words) == "store")
    #expect(EditDistance.nearest(to: "sloth", among: words) == "slots")
    #expect(EditDistance.nearest(to: "frobnicate", among: words) == nil)
    #expect(EditDistance.nearest(to: "x", among: words) == nil)
    #expect(EditDistance.nearest(to: String(repeating: "s", count: 100_000), among: words) == nil)
  }
}
