/// How far two words are apart, for "did you mean".
public enum EditDistance {
  /// Words longer than this are never compared: nobody misspells them by a letter or two.
  public static let longestWord = 64

  /// The number of letters to insert, delete, replace or swap with their neighbour; nil when it is above
  /// `limit`.
  public static func between(_ left: String, _ right: String, limit: Int) -> Int? {
    let first = Array(left.utf8)
    let second = Array(right.utf8)
    guard first.count <= longestWord, second.count <= longestWord,
      abs(first.count - second.count) <= limit
    else { return nil }
    var beforeLast: [Int] = []
    var last = Array(0...second.count)
    for row in 0..<first.count {
      var current = [row + 1]
      current.reserveCapacity(second.count + 1)
      for column in 0..<second.count {
        let replacing = last[column] + (first[row] == second[column] ? 0 : 1)
        var best = min(replacing, last[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, first[row] == second[column - 1], first[row - 1] == second[column] {
          best = min(best, beforeLast[column - 1] + 1)
        }
        current.append(best)
      }
      beforeLast = last
      last = current
    }
    guard let distance = last.last, distance <= limit else { return nil }
    return distance
  }

  /// The candidate that was probably meant, if one is near enough: the nearest, and of equals the first.
  public static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
    let lowered = word.lowercased()
    let limit = min(3, max(1, lowered.utf8.count / 3))
    var best: (distance: Int, candidate: String)?
    for candidate in candidates {
      guard let distance = between(lowered, candidate.lowercased(), limit: best?.distance ?? limit) else {
        continue
      }
      if let held = best, held.distance <= distance { continue }
      best = (distance, candidate)
    }
    return best?.candidate
  }
}
