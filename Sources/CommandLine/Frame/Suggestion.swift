import Basics

/// What somebody may have meant.
enum Suggestion {
  /// The word that is nearest to what was typed, if one is near enough.
  static func nearest(to typed: String, among words: some Sequence<String>) -> String? {
    let typed = Array(typed.unicodeScalars.prefix(64))
    let most = max(1, typed.count / 3)
    var best: (word: String, distance: Int)?
    for word in words {
      let distance = distance(typed, Array(word.unicodeScalars))
      if distance <= most, distance < best?.distance ?? .max { best = (word, distance) }
    }
    return best?.word
  }

  /// Insertions, removals, replacements and swaps of neighbours that make one from the other.
  private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var before: [Int] = []
    var previous = Array(0...right.count)
    for row in left.indices {
      var current = [row + 1]
      for column in right.indices {
        let same = left[row] == right[column]
        var cost = min(previous[column + 1] + 1, current[column] + 1, previous[column] + (same ? 0 : 1))
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          cost = min(cost, before[column - 1] + 1)
        }
        current.append(cost)
      }
      before = previous
      previous = current
    }
    return previous[right.count]
  }
}
