/// A parameter that a route takes behind its path.
struct QueryParameter: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    case text(TextForm)
    case number(ClosedRange<Int>)
    case flag
    case words([String])
  }

  var name: String
  var kind: Kind
  var meaning: String
  /// At least one of a route's parameters that say so must be there.
  var isAlternative = false

  static func text(_ name: String, _ form: TextForm, _ meaning: String) -> QueryParameter {
    QueryParameter(name: name, kind: .text(form), meaning: meaning)
  }

  static func number(_ name: String, _ range: ClosedRange<Int>, _ meaning: String) -> QueryParameter {
    QueryParameter(name: name, kind: .number(range), meaning: meaning)
  }

  static func flag(_ name: String, _ meaning: String) -> QueryParameter {
    QueryParameter(name: name, kind: .flag, meaning: meaning)
  }

  /// Whoever reads numbers as JavaScript does reads this one rightly, and no greater one.
  static let greatest = (1 << 53) - 1
  static let domain = text("domain", .name, "only of this domain")
  static let search = text("q", .search, "only names that hold this")
  static let cursor = text("cursor", .key, "'next' of the page before")
  static let limit = number("limit", 1...500, "how many items at most; 50 where nothing is said")
  /// Of lists that are in the order of numbers.
  static let paging = [number("cursor", 0...greatest, "'next' of the page before"), limit]
  /// Of lists that are in the order of names.
  static let pagingByName = [cursor, limit]

  /// Says what is wrong with a value; nil: nothing.
  func complaint(about value: String) -> String? {
    switch kind {
    case .text(let form): return form.complaint(about: value).map { "'\(name)' \($0)" }
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
