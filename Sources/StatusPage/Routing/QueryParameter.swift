/// A parameter that a route takes behind its path.
struct QueryParameter: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    case text
    case number(ClosedRange<Int>)
    case flag
    case words([String])
  }

  var name: String
  var kind: Kind
  var meaning: String

  static func text(_ name: String, _ meaning: String) -> QueryParameter {
    QueryParameter(name: name, kind: .text, meaning: meaning)
  }

  static func number(_ name: String, _ range: ClosedRange<Int>, _ meaning: String) -> QueryParameter {
    QueryParameter(name: name, kind: .number(range), meaning: meaning)
  }

  static func flag(_ name: String, _ meaning: String) -> QueryParameter {
    QueryParameter(name: name, kind: .flag, meaning: meaning)
  }

  static let cursor = text("cursor", "'next' of the page before")
  static let limit = number("limit", 1...500, "how many items at most; 50 where nothing is said")
  /// Of lists that are in the order of numbers.
  static let paging = [number("cursor", 0...Int.max, "'next' of the page before"), limit]
  /// Of lists that are in the order of names.
  static let pagingByName = [cursor, limit]

  /// Says what is wrong with a value; nil: nothing.
  func complaint(about value: String) -> String? {
    switch kind {
    case .text:
      return value.utf8.count <= 4096 ? nil : "'\(name)' is longer than 4096 bytes"
    case .number(let range):
      guard let number = Int(value), String(number) == value, range.contains(number) else {
        return "'\(name)' is a whole number from \(range.lowerBound) to \(range.upperBound)"
      }
      return nil
    case .flag: return value == "true" || value == "false" ? nil : "'\(name)' is true or false"
    case .words(let words):
      return words.contains(value) ? nil : "'\(name)' is one of \(words.joined(separator: ", "))"
    }
  }
}
