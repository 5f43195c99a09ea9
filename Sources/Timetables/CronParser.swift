/// Reads cron expressions in the dialect of Debian's cron.
struct CronParser {
  /// The words that stand for whole expressions.
  static let words: [(word: String, meaning: String)] = [
    ("@yearly", "0 0 1 1 *"), ("@annually", "0 0 1 1 *"), ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"), ("@daily", "0 0 * * *"), ("@midnight", "0 0 * * *"), ("@hourly", "0 * * * *"),
  ]

  let bytes: [UInt8]

  init(_ text: String) { bytes = Array(text.utf8) }

  /// The sets of the five fields, by the field's number.
  func fields() throws(CronError) -> [CronSet] {
    let parts = split(bytes[...]) { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
      .filter { !$0.isEmpty }
    guard let first = parts.first else {
      throw error(
        bytes[...], "a cron expression is empty",
        help: "write five fields: minute, hour, day of the month, month, day of the week")
    }
    if first.first == UInt8(ascii: "@") { return try word(first, alone: parts.count == 1) }
    guard parts.count == CronField.allCases.count else { throw wrongCount(parts) }
    var sets: [CronSet] = []
    for (part, field) in zip(parts, CronField.allCases) { sets.append(try set(part, field)) }
    return sets
  }

  private func wrongCount(_ parts: [ArraySlice<UInt8>]) -> CronError {
    let fields = parts.count == 1 ? "field" : "fields"
    let place = parts.count > 5 ? parts[5][...] : bytes[(parts.last?.startIndex ?? 0)...]
    return error(
      place, "a cron expression has five fields, and this one has \(parts.count) \(fields)",
      help: parts.count == 6
        ? "leave out the seconds or the year: minute, hour, day of the month, month, day of the week"
        : "write minute, hour, day of the month, month, day of the week, such as '0 6 * * *'")
  }

  private func word(_ word: ArraySlice<UInt8>, alone: Bool) throws(CronError) -> [CronSet] {
    let text = String(decoding: word, as: UTF8.self)
    guard let known = Self.words.first(where: { $0.word == text }) else {
      let list = Self.words.map { "'\($0.word)'" }.joined(separator: ", ")
      throw error(
        word, text == "@reboot" ? "'@reboot' names no time" : "'\(text)' is no word that cron knows",
        help: "write one of \(list), or five fields")
    }
    guard alone else {
      throw error(word, "something follows '\(text)'", help: "write '\(text)' alone, or five fields")
    }
    return try CronParser(known.meaning).fields()
  }

  /// A list of items, joined by commas.
  private func set(_ part: ArraySlice<UInt8>, _ field: CronField) throws(CronError) -> CronSet {
    var set = CronSet(bits: 0, beginsWithStar: part.first == UInt8(ascii: "*"))
    for item in split(part, where: { $0 == UInt8(ascii: ",") }) {
      guard !item.isEmpty else {
        throw error(
          bytes[max(0, item.startIndex - 1)...].prefix(1), "the list of the \(field.title) has an empty item",
          help: "leave out the comma")
      }
      set.bits |= try bits(item, field)
    }
    return set
  }

  /// `*`, a number, a range, each perhaps with `/step`.
  private func bits(_ item: ArraySlice<UInt8>, _ field: CronField) throws(CronError) -> UInt64 {
    let sides = split(item) { $0 == UInt8(ascii: "/") }
    guard let body = sides.first, sides.count <= 2 else {
      throw error(item, "'\(text(item))' has two steps", help: "write one '/' with one number")
    }
    let step = sides.count == 2 ? try self.step(sides[1], of: item) : 1
    let bounds = try range(body, field, isOpen: sides.count == 2)
    guard step <= bounds.upperBound - bounds.lowerBound else { return 1 << UInt64(bounds.lowerBound) }
    return stride(from: bounds.lowerBound, through: bounds.upperBound, by: step).reduce(UInt64(0)) {
      $0 | 1 << UInt64($1)
    }
  }

  private func step(_ digits: ArraySlice<UInt8>, of item: ArraySlice<UInt8>) throws(CronError) -> Int {
    guard let step = number(digits), step > 0 else {
      throw error(
        digits.isEmpty ? item : digits, "the step of '\(text(item))' is no number above 0",
        help: "write a number after '/', such as '*/5'")
    }
    return step
  }

  /// - Parameter isOpen: a step follows, so that a single number begins a range to the greatest one.
  private func range(_ body: ArraySlice<UInt8>, _ field: CronField, isOpen: Bool) throws(CronError)
    -> ClosedRange<Int>
  {
    if body.elementsEqual("*".utf8) { return field.range }
    let dash = UInt8(ascii: "-")
    guard let middle = body.dropFirst().firstIndex(of: dash) else {
      let value = try value(body, field)
      return value...(isOpen ? field.range.upperBound : value)
    }
    let low = try value(body[..<middle], field, within: body)
    let high = try value(body[(middle + 1)...], field, within: body)
    guard low <= high else { throw backwards(body, low, high, field) }
    return low...high
  }

  private func backwards(_ body: ArraySlice<UInt8>, _ low: Int, _ high: Int, _ field: CronField) -> CronError
  {
    let last = field == .dayOfWeek ? 6 : field.range.upperBound
    let first = field.range.lowerBound
    func range(_ from: Int, _ to: Int) -> String { from == to ? "\(from)" : "\(from)-\(to)" }
    let cure =
      field == .dayOfWeek && high == 0
      ? range(low, 7) : "\(range(min(low, last), last)),\(range(first, high))"
    return error(body, "the range '\(text(body))' runs backwards", help: "write '\(cure)'")
  }

  private func value(
    _ item: ArraySlice<UInt8>, _ field: CronField, within range: ArraySlice<UInt8>? = nil
  ) throws(CronError) -> Int {
    if let number = number(item) {
      guard field.range.contains(number) else {
        throw error(
          item, "'\(text(item))' is no \(field.title)", help: "the \(field.title) is \(field.allowed)")
      }
      return number
    }
    let lower = text(item).lowercased()
    if let index = field.names.firstIndex(of: lower) { return field.range.lowerBound + index }
    guard let range, item.isEmpty else { throw unknown(item, field) }
    throw error(
      range, "the range '\(text(range))' lacks an end",
      help: "write both ends, such as '\(field.range.lowerBound)-\(field.range.upperBound)'")
  }

  private func unknown(_ item: ArraySlice<UInt8>, _ field: CronField) -> CronError {
    guard !item.isEmpty else {
      return error(
        item, "the \(field.title) lacks a number before '/'", help: "write '*' before '/', such as '*/5'")
    }
    let marks = item.contains { "lwLW#?".utf8.contains($0) }
    let lower = text(item).lowercased()
    if let name = field.names.first(where: { lower.hasPrefix($0) }) {
      return error(item, "'\(text(item))' is no \(field.title)", help: "write '\(name)'")
    }
    return error(
      item, "'\(text(item))' is no \(field.title)",
      help: marks && item.allSatisfy { !$0.isAsciiLetter || "lwLW".utf8.contains($0) }
        ? "'L', 'W', '#' and '?' belong to other dialects than cron's; the \(field.title) is \(field.allowed)"
        : "the \(field.title) is \(field.allowed)")
  }

  /// Digits only; far beyond every range where it has many.
  private func number(_ digits: ArraySlice<UInt8>) -> Int? {
    guard !digits.isEmpty, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      return nil
    }
    return digits.reduce(0) { min($0 * 10 + Int($1 - UInt8(ascii: "0")), 1_000_000) }
  }

  private func split(_ slice: ArraySlice<UInt8>, where isSeparator: (UInt8) -> Bool) -> [ArraySlice<UInt8>] {
    slice.split(omittingEmptySubsequences: false, whereSeparator: isSeparator)
  }

  private func text(_ slice: ArraySlice<UInt8>) -> String { String(decoding: slice, as: UTF8.self) }

  private func error(_ place: ArraySlice<UInt8>, _ message: String, help: String) -> CronError {
    CronError(offset: place.startIndex, length: max(1, place.count), message: message, help: help)
  }
}

/// The numbers that a field allows.
struct CronSet: Hashable, Sendable {
  /// Bit n stands for the number n.
  var bits: UInt64
  /// As Debian's cron sees it: also `*/2` and `*,5`.
  var beginsWithStar: Bool
}

extension UInt8 {
  fileprivate var isAsciiLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
}
