import Basics

/// Checks dates and times that are kept as the text they came as.
enum DateText {
  /// `YYYY-MM-DD`, a day that exists.
  static func isDate(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard bytes.count == 10, separates(bytes, 4, "-"), separates(bytes, 7, "-"),
      let year = number(bytes, 0, 4), let month = number(bytes, 5, 2), let day = number(bytes, 8, 2),
      (1...12).contains(month), (1...31).contains(day)
    else { return false }
    let date = CivilTime(year: year, month: month, day: day)
    return CivilTime(daysSinceEpoch: date.daysSinceEpoch) == date
  }

  /// A date, a space or `T`, `HH:MM`, and perhaps `:SS`, a fraction, and `Z` or an offset: what SQLite's own
  /// functions read.
  static func isTimestamp(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard bytes.count >= 16, isDate(bytes.prefix(10)),
      separates(bytes, 10, " ") || separates(bytes, 10, "T"), isTime(bytes.dropFirst(11).prefix(5))
    else { return false }
    var rest = bytes.dropFirst(16)
    if separates(rest, 0, ":") {
      guard let second = number(rest, 1, 2), second < 60 else { return false }
      rest = rest.dropFirst(3)
      if separates(rest, 0, ".") {
        let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty else { return false }
        rest = rest.dropFirst(1 + digits.count)
      }
    }
    if rest.isEmpty || rest.elementsEqual([UInt8(ascii: "Z")]) { return true }
    let hasSign = separates(rest, 0, "+") || separates(rest, 0, "-")
    return hasSign && rest.count == 6 && isTime(rest.dropFirst())
  }

  /// `HH:MM`.
  private static func isTime(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard bytes.count == 5, separates(bytes, 2, ":"), let hour = number(bytes, 0, 2),
      let minute = number(bytes, 3, 2)
    else { return false }
    return hour < 24 && minute < 60
  }

  private static func separates(_ bytes: ArraySlice<UInt8>, _ offset: Int, _ expected: Unicode.Scalar) -> Bool
  {
    let index = bytes.startIndex + offset
    return index < bytes.endIndex && bytes[index] == UInt8(ascii: expected)
  }

  private static func number(_ bytes: ArraySlice<UInt8>, _ offset: Int, _ count: Int) -> Int? {
    let digits = bytes.dropFirst(offset).prefix(count)
    guard digits.count == count, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }
}
