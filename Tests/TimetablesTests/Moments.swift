import Basics
import Timetables

/// Reads `2013-01-31T05:00:00Z` or with an offset such as `-04:00`; for tests only.
func instant(_ text: String) throws -> Instant {
  struct Unreadable: Error { var text: String }
  let digits = text.utf8.map { $0 }
  func number(_ range: Range<Int>) throws -> Int {
    guard range.upperBound <= digits.count, let number = Int(String(decoding: digits[range], as: UTF8.self))
    else { throw Unreadable(text: text) }
    return number
  }
  let civil = CivilTime(
    year: try number(0..<4), month: try number(5..<7), day: try number(8..<10), hour: try number(11..<13),
    minute: try number(14..<16), second: try number(17..<19))
  var rest = digits[19...]
  var milliseconds = 0
  if rest.first == UInt8(ascii: ".") {
    milliseconds = try number(20..<23)
    rest = rest.dropFirst().drop { (0x30...0x39).contains($0) }
  }
  var offset = 0
  let sign = rest.startIndex
  if rest.first != UInt8(ascii: "Z") {
    offset = try number(sign + 1..<sign + 3) * 3600 + number(sign + 4..<sign + 6) * 60
    if rest.first == UInt8(ascii: "-") { offset = -offset }
  }
  return Instant(milliseconds: (civil.secondsSinceEpoch - Int64(offset)) * 1000 + Int64(milliseconds))
}

/// A moment with a zone's offset: `2013-01-31T05:00:00-05:00`.
func text(_ moment: Instant?, in zone: Zone) -> String {
  guard let moment else { return "never" }
  return zone.local(at: moment).text(separator: "T") + Zone.offsetText(zone.offset(at: moment))
}
