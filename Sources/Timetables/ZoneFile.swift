/// The contents of a zone file: TZif, RFC 8536, versions 1 to 4.
///
/// Designations, leap seconds and the standard/UT indicators are stepped over.
struct ZoneFile {
  var firstOffset: Int64
  var transitions: [(at: Int64, offset: Int64)]
  /// What holds after the last transition; nil: its offset goes on.
  var rule: DaylightRule?

  var spans: SpanTable { SpanTable(first: firstOffset, transitions: transitions, rule: rule) }

  /// Reads a file; nil when it is damaged or none of the kind.
  init?(_ bytes: [UInt8]) {
    guard let header = Header(bytes, at: 0) else { return nil }
    guard header.version >= UInt8(ascii: "2") else {
      self.init(bytes, header: header, wordSize: 4)
      return
    }
    guard let wide = Header(bytes, at: Header.size + header.dataSize(wordSize: 4)) else { return nil }
    self.init(bytes, header: wide, wordSize: 8)
    let footer = wide.dataStart + wide.dataSize(wordSize: 8)
    guard footer < bytes.count, bytes[footer] == UInt8(ascii: "\n"),
      let end = bytes[(footer + 1)...].firstIndex(of: UInt8(ascii: "\n"))
    else { return nil }
    let text = bytes[(footer + 1)..<end]
    guard !text.isEmpty else { return }
    guard let rule = DaylightRule(parsing: text) else { return nil }
    self.rule = rule
  }

  private init?(_ bytes: [UInt8], header: Header, wordSize: Int) {
    guard header.dataStart + header.dataSize(wordSize: wordSize) <= bytes.count, header.types > 0 else {
      return nil
    }
    let kinds = header.dataStart + header.times * wordSize
    let types = kinds + header.times
    var offsets: [Int64] = []
    for index in 0..<header.types {
      let offset = Self.integer(bytes, at: types + index * 6, size: 4)
      guard abs(offset) < SpanTable.widestOffset else { return nil }
      offsets.append(offset)
    }
    transitions = []
    transitions.reserveCapacity(header.times)
    for index in 0..<header.times {
      let kind = Int(bytes[kinds + index])
      guard kind < offsets.count else { return nil }
      // Some compilers write a transition at the Big Bang; the table begins earlier than any of use.
      let moment = Self.integer(bytes, at: header.dataStart + index * wordSize, size: wordSize)
      transitions.append((at: max(moment, -1 << 45), offset: offsets[kind]))
      guard moment < 1 << 45, index == 0 || transitions[index - 1].at <= transitions[index].at else {
        return nil
      }
    }
    firstOffset = offsets[0]
    rule = nil
  }

  /// A number in network order with a sign; the caller has checked that it lies within the bytes.
  private static func integer(_ bytes: [UInt8], at start: Int, size: Int) -> Int64 {
    let bits = bytes[start..<(start + size)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return size == 8 ? Int64(bitPattern: bits) : Int64(Int32(truncatingIfNeeded: bits))
  }
}

extension ZoneFile {
  /// What a block of data begins with: its version and how many of each thing it holds.
  private struct Header {
    static let size = 44
    var version: UInt8
    var dataStart: Int
    var indicatorsUT: Int
    var indicatorsStandard: Int
    var leaps: Int
    var times: Int
    var types: Int
    var characters: Int

    init?(_ bytes: [UInt8], at start: Int) {
      guard start <= bytes.count - Self.size, bytes[start...].starts(with: "TZif".utf8) else { return nil }
      version = bytes[start + 4]
      guard version == 0 || (UInt8(ascii: "2")...UInt8(ascii: "9")).contains(version) else { return nil }
      dataStart = start + Self.size
      func count(_ index: Int) -> Int {
        Int(truncatingIfNeeded: ZoneFile.integer(bytes, at: start + 20 + index * 4, size: 4) & 0xFFFF_FFFF)
      }
      indicatorsUT = count(0)
      indicatorsStandard = count(1)
      leaps = count(2)
      times = count(3)
      types = count(4)
      characters = count(5)
    }

    /// The counts have 32 bits each, so that the sum cannot overflow.
    func dataSize(wordSize: Int) -> Int {
      times * (wordSize + 1) + types * 6 + characters + leaps * (wordSize + 4) + indicatorsStandard
        + indicatorsUT
    }
  }
}
