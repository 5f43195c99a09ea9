import Glibc

/// How grave a line of a log is by its own word, for those who look for what went wrong among a million.
///
/// The first word that names a level, and that stands where levels stand, decides; the line that tells of
/// an ERROR after it said INFO is no error. It begins among the first 120 bytes, without the escapes of
/// terminals, and stands there
/// - in capitals, on its own: `12:00:01,250 ERROR [main]`, `[ERROR/Worker]`, `WARNING:root:`, `npm ERR!`;
/// - in brackets, whatever its case: `[error]`;
/// - behind a key, whatever its case: `level=warn`, `severity="error"`;
/// - before a colon at the beginning or behind another colon, as compilers have it: `main.c:3:1: error: `,
///   `error[E0412]: `, `fatal error: `; or as npm does without one: `npm error`;
/// - as the end of a class's name, at the same places: `ValueError: `, `java.io.IOException: `,
///   `a.py:3: UserWarning: `.
///
/// Of a line that is an object of JSON a member `level`, `severity`, `levelname` or `lvl` decides, and
/// nothing else. What Heddle itself adds to a log (`heddle: `) is why the attempt failed.
enum LogLevel: String, CaseIterable, Sendable {
  case warning, error

  /// Where in a line a level begins at the latest.
  private static let reach = 120
  /// A level that begins within reach ends within this.
  private static let head = reach + 32
  /// Where in an object of JSON it ends at the latest: the message may stand before it.
  private static let reachOfJSON = 4096

  /// Nil: the line says nothing of the kind.
  init?(ofLine line: UnsafeRawBufferPointer) {
    // Some programs of Windows begin a file with a mark of its bytes' order.
    let line = line.starts(with: [0xEF, 0xBB, 0xBF]) ? UnsafeRawBufferPointer(rebasing: line[3...]) : line
    if line.isObject {
      let object = UnsafeRawBufferPointer(rebasing: line.prefix(Self.reachOfJSON))
      self.init(LevelWords(bytes: object).member())
      return
    }
    let shown = UnsafeRawBufferPointer(rebasing: line.prefix(Self.head))
    guard let start = shown.baseAddress else { return nil }
    if memchr(start, 27, shown.count) == nil {
      self.init(LevelWords(bytes: shown).first(before: Self.reach))
      return
    }
    let meaning = withUnsafeTemporaryAllocation(byteCount: Self.head, alignment: 1) { room in
      let count = line.copyWithoutEscapes(to: room)
      return LevelWords(bytes: UnsafeRawBufferPointer(rebasing: room[..<count])).first(before: Self.reach)
    }
    self.init(meaning)
  }

  private init?(_ meaning: LevelWords.Meaning?) {
    switch meaning {
    case .error: self = .error
    case .warning: self = .warning
    case .lesser, .key, nil: return nil
    }
  }

  /// Whether who asks for this level wants that one, too: who asks for warnings wants errors.
  func includes(_ other: LogLevel) -> Bool { self == other || self == .warning }
}

extension UnsafeRawBufferPointer {
  /// It begins as an object of JSON with a member does.
  fileprivate var isObject: Bool {
    guard let brace = firstIndex(where: { $0 > 32 }), self[brace] == UInt8(ascii: "{") else { return false }
    return self[(brace + 1)...].first { $0 > 32 } == UInt8(ascii: "\"")
  }

  /// Copies what a terminal would show, until there is no room; how many bytes that is.
  fileprivate func copyWithoutEscapes(to room: UnsafeMutableRawBufferPointer) -> Int {
    var (count, place) = (0, 0)
    while place < self.count, count < room.count {
      let byte = self[place]
      place += 1
      guard byte == 27 else {
        room[count] = byte
        count += 1
        continue
      }
      guard place < self.count else { break }
      let kind = self[place]
      place += 1
      // A control sequence ends with its first letter, an operating system command with a bell or an escape,
      // any other with what follows its signs.
      if kind == UInt8(ascii: "[") {
        while place < self.count, !(0x40...0x7E).contains(self[place]) { place += 1 }
        place += 1
      } else if kind == UInt8(ascii: "]") {
        while place < self.count, self[place] != 7, self[place] != 27 { place += 1 }
        if place < self.count, self[place] == 7 { place += 1 }
      } else if (0x20...0x2F).contains(kind) {
        while place < self.count, (0x20...0x2F).contains(self[place]) { place += 1 }
        place += 1
      }
    }
    return count
  }
}

/// The words of a line that name a level.
private struct LevelWords {
  enum Meaning { case error, warning, lesser, key }

  typealias Word = Range<Int>

  /// A word by its letters in small, the last eight of them, which with their number tell it from the others.
  private static let known: [(letters: UInt64, count: Int, meaning: Meaning)] =
    named(["error", "err", "fatal", "critical", "crit", "severe", "panic"], .error)
    + named(["warning", "warn"], .warning) + named(["info", "debug", "trace", "notice"], .lesser)
    + named(["level", "lvl", "severity", "levelname"], .key)

  private static func named(_ words: [String], _ meaning: Meaning) -> [(UInt64, Int, Meaning)] {
    words.map { word in (word.utf8.reduce(0) { $0 << 8 | UInt64($1) }, word.utf8.count, meaning) }
  }

  let bytes: UnsafeRawBufferPointer

  /// What the first word that stands where levels stand means.
  func first(before reach: Int) -> Meaning? {
    if begins("heddle: ", at: 0) { return .error }
    var place = 0
    while place < min(reach, bytes.count) {
      guard Self.isLetter(bytes[place]) else {
        place += 1
        continue
      }
      let word = word(at: place)
      place = word.upperBound
      switch meaning(of: word) {
      case .key?:
        if let value = value(behind: word) { return value }
      case let level?:
        if isLevel(word) { return level }
      case nil:
        if let level = meaning(ofClass: word) { return level }
      }
    }
    return nil
  }

  /// What the first member of an object that names a level says.
  func member() -> Meaning? {
    var place = 0
    while place < bytes.count {
      guard Self.isLetter(bytes[place]) else {
        place += 1
        continue
      }
      let word = word(at: place)
      place = word.upperBound
      // A quote within a text has a backslash before it, so what ends with a bare one is no part of a text.
      guard at(place) == UInt8(ascii: "\""), meaning(of: word) == .key,
        [UInt8(ascii: "\""), UInt8(ascii: "."), UInt8(ascii: "@")].contains(at(word.lowerBound - 1))
      else { continue }
      let colon = afterBlanks(place + 1)
      let quote = afterBlanks(colon + 1)
      guard at(colon) == UInt8(ascii: ":"), at(quote) == UInt8(ascii: "\"") else { continue }
      if let level = level(at: quote + 1) { return level }
    }
    return nil
  }

  /// Whether a word that names a level stands there as one.
  private func isLevel(_ word: Word) -> Bool {
    let (before, after) = (at(word.lowerBound - 1), at(word.upperBound))
    if before == UInt8(ascii: "[") {
      // The element of a list has a name before the bracket.
      if let name = at(word.lowerBound - 2), Self.isLetter(name) { return false }
      if after == UInt8(ascii: "]") { return true }
    }
    let isCapital = bytes[word].allSatisfy { (65...90).contains($0) }
    if isCapital, isOpened(word, by: "[(<|:]"), isClosed(word) { return true }
    if begins("npm ", at: 0), word.lowerBound == 4 { return isBlank(word.upperBound) }
    guard isFirst(word.lowerBound) else { return false }
    return isColon(word.upperBound) || isColon(afterCode(word.upperBound))
      || begins(" error: ", at: word.upperBound)
  }

  private func isOpened(_ word: Word, by signs: StaticString) -> Bool {
    isBlank(word.lowerBound - 1) || holds(signs, at(word.lowerBound - 1))
  }

  private func isClosed(_ word: Word) -> Bool {
    isBlank(word.upperBound) || holds("])>|:/[", at(word.upperBound)) || begins("ERR!", at: word.lowerBound)
  }

  /// The level behind `level=`, where that is a key of its own.
  private func value(behind key: Word) -> Meaning? {
    guard at(key.upperBound) == UInt8(ascii: "="), isOpened(key, by: "[(<|,{") else { return nil }
    return level(at: key.upperBound + (holds("\"'", at(key.upperBound + 1)) ? 2 : 1))
  }

  /// What the end of a class's name says, where it stands as exceptions are told.
  private func meaning(ofClass word: Word) -> Meaning? {
    let end = word.upperBound
    guard end == bytes.count || bytes[end] == UInt8(ascii: ":") && isBlank(end + 1) else { return nil }
    let isWarning = begins("Warning", at: end - 7)
    guard isWarning || begins("Error", at: end - 5) || begins("Exception", at: end - 9) else { return nil }
    var start = word.lowerBound
    while let byte = at(start - 1), Self.isLetter(byte) || byte == UInt8(ascii: ".") { start -= 1 }
    return isFirst(start) ? (isWarning ? .warning : .error) : nil
  }

  /// The level that the word at a place names.
  private func level(at place: Int) -> Meaning? {
    guard let found = meaning(of: word(at: place)), found != .key else { return nil }
    return found
  }

  private func word(at start: Int) -> Word {
    var end = start
    while end < bytes.count, Self.isLetter(bytes[end]) { end += 1 }
    return start..<end
  }

  private func meaning(of word: Word) -> Meaning? {
    guard (3...9).contains(word.count) else { return nil }
    // No digit and no '_' becomes a letter by this.
    let letters = bytes[word].reduce(0) { $0 << 8 | UInt64($1 | 0x20) }
    for known in Self.known where known.letters == letters && known.count == word.count {
      return known.meaning
    }
    return nil
  }

  private func at(_ place: Int) -> UInt8? { place >= 0 && place < bytes.count ? bytes[place] : nil }

  private func holds(_ signs: StaticString, _ byte: UInt8?) -> Bool {
    byte.map { memchr(signs.utf8Start, Int32($0), signs.utf8CodeUnitCount) != nil } ?? false
  }

  /// There is nothing, or nothing that is seen.
  private func isBlank(_ place: Int) -> Bool { at(place).map { $0 <= 32 } ?? true }

  /// A colon with nothing right behind it, as in a sentence and not as in a name of C++.
  private func isColon(_ place: Int) -> Bool { at(place) == UInt8(ascii: ":") && isBlank(place + 1) }

  /// Only blanks are before it, or a colon and a blank.
  private func isFirst(_ place: Int) -> Bool { begins(": ", at: place - 2) || afterBlanks(0) == place }

  private func afterBlanks(_ place: Int) -> Int {
    var place = place
    while let byte = at(place), byte <= 32 { place += 1 }
    return place
  }

  /// The place behind a code in brackets, `[E0412]`; where there is none, the place itself.
  private func afterCode(_ place: Int) -> Int {
    guard at(place) == UInt8(ascii: "[") else { return place }
    let end = word(at: place + 1).upperBound
    return at(end) == UInt8(ascii: "]") ? end + 1 : place
  }

  private func begins(_ text: StaticString, at place: Int) -> Bool {
    guard place >= 0, bytes.count - place >= text.utf8CodeUnitCount, let base = bytes.baseAddress else {
      return false
    }
    return memcmp(base + place, text.utf8Start, text.utf8CodeUnitCount) == 0
  }

  /// What a word is made of: letters of whatever script, digits and '_'.
  private static func isLetter(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 95, 97...122, 128...: true
    default: false
    }
  }
}
