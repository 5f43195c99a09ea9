import Basics

/// Finds the names that were probably meant.
enum NearestNames {
  /// At most three: the nearest in spelling, then those that differ only in what stands before the last `.`
  /// or `/`.
  static func find(_ word: String, among names: some Collection<String>) -> [String] {
    var found: [String] = []
    if let nearest = EditDistance.nearest(to: word, among: names) { found.append(nearest) }
    let end = lastPart(word)
    for name in names where found.count < 3 && lastPart(name) == end && !found.contains(name) {
      found.append(name)
    }
    return found
  }

  private static func lastPart(_ name: String) -> Substring {
    name.split(whereSeparator: { $0 == "." || $0 == "/" }).last ?? ""
  }
}
