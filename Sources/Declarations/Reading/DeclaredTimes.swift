import Basics

extension Duration {
  /// No declared duration is longer: a hundred years of 365 days.
  static let longestDeclared = Duration.seconds(36_500 * 86_400)

  /// Reads `90s`, `5m`, `1h30m`, `2d`, `500ms`: whole numbers with units, the larger unit first, each once.
  public init?(declared text: String) {
    let units: [(name: String, milliseconds: Int64)] = [
      ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]
    var rest = Substring(text)
    var nextUnit = 0
    var total: Int64 = 0
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { ("0"..."9").contains($0) }
      rest = rest.dropFirst(digits.count)
      let letters = rest.prefix { ("a"..."z").contains($0) }
      rest = rest.dropFirst(letters.count)
      guard let count = Int64(digits),
        let unit = units.indices.first(where: { $0 >= nextUnit && units[$0].name == letters })
      else { return nil }
      nextUnit = unit + 1
      let (product, overflow) = count.multipliedReportingOverflow(by: units[unit].milliseconds)
      let (sum, carried) = total.addingReportingOverflow(product)
      guard !overflow, !carried else { return nil }
      total = sum
    }
    guard Duration.milliseconds(total) <= Self.longestDeclared else { return nil }
    self = .milliseconds(total)
  }
}

extension CivilTime {
  /// Reads `2013-01-31`, `2013-01-31T06:00`, `2013-01-31 06:00:00`; a date that does not exist is none.
  public init?(declared text: String) {
    let bytes = Array(text.utf8)
    guard [10, 16, 19].contains(bytes.count), let year = Self.number(bytes, 0, 4), year >= 1,
      bytes[4] == UInt8(ascii: "-"), let month = Self.number(bytes, 5, 2), (1...12).contains(month),
      bytes[7] == UInt8(ascii: "-"), let day = Self.number(bytes, 8, 2), day >= 1
    else { return nil }
    var time = CivilTime(year: year, month: month, day: day)
    if bytes.count > 10 {
      guard bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: " "),
        let hour = Self.number(bytes, 11, 2), hour < 24, bytes[13] == UInt8(ascii: ":"),
        let minute = Self.number(bytes, 14, 2), minute < 60
      else { return nil }
      time.hour = hour
      time.minute = minute
    }
    if bytes.count > 16 {
      guard bytes[16] == UInt8(ascii: ":"), let second = Self.number(bytes, 17, 2), second < 60 else {
        return nil
      }
      time.second = second
    }
    guard CivilTime(daysSinceEpoch: time.daysSinceEpoch).day == day else { return nil }
    self = time
  }

  private static func number(_ bytes: [UInt8], _ start: Int, _ count: Int) -> Int? {
    var result = 0
    for byte in bytes[start..<start + count] {
      guard (48...57).contains(byte) else { return nil }
      result = result * 10 + Int(byte - 48)
    }
    return result
  }
}
