/// The question that a misspelled name deserves.
enum DidYouMean {
  /// Nil when nothing is near.
  static func text(_ names: [String]) -> String? {
    var seen: Set<String> = []
    let each = names.filter { seen.insert($0).inserted }.prefix(3)
    return each.isEmpty ? nil : "did you mean \(each.map { "'\($0)'" }.joined(separator: " or "))?"
  }
}
