import Basics
import Declarations
import Timetables

extension Instant {
  /// Reads a moment as people write it: `2024-03-10T07:00:00Z`, with an offset `+01:00`, or without either as
  /// the wall clock of a zone shows it; a date alone is its first moment. Seconds may have a fraction, as in
  /// what commands print, of which milliseconds count.
  init?(_ text: String, in zone: Zone) {
    guard let point = text.firstIndex(of: ".") else {
      self.init(whole: text, in: zone)
      return
    }
    let fraction = text[text.index(after: point)...].prefix { $0.isASCII && $0.isNumber }
    let seconds = text[..<point]
    guard seconds.utf8.count == "2024-03-10T07:00:00".utf8.count, (1...9).contains(fraction.count),
      let milliseconds = Int64("\(fraction)00".prefix(3)),
      let whole = Instant(whole: String(seconds + text[fraction.endIndex...]), in: zone)
    else { return nil }
    self = whole + .milliseconds(milliseconds)
  }

  private init?(whole text: String, in zone: Zone) {
    if text.hasSuffix("Z"), let time = CivilTime(declared: String(text.dropLast())) {
      self.init(seconds: time.secondsSinceEpoch)
    } else if let time = CivilTime(declared: text) {
      self = zone.firstInstant(reaching: time)
    } else if text.utf8.count > 6, let time = CivilTime(declared: String(text.dropLast(6))),
      let offset = Self.offset(Array(text.utf8.suffix(6)))
    {
      self.init(seconds: time.secondsSinceEpoch - offset)
    } else {
      return nil
    }
  }

  /// `+hh:mm` in seconds.
  private static func offset(_ text: [UInt8]) -> Int64? {
    let digits = [text[1], text[2], text[4], text[5]].map { Int64($0) - Int64(UInt8(ascii: "0")) }
    guard text[3] == UInt8(ascii: ":"), digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
    let size = (digits[0] * 10 + digits[1]) * 3600 + (digits[2] * 10 + digits[3]) * 60
    switch text[0] {
    case UInt8(ascii: "+"): return size
    case UInt8(ascii: "-"): return -size
    default: return nil
    }
  }
}
