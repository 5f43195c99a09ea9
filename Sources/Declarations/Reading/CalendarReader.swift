import Basics
import Diagnostics
import MeshModel

/// Reads a calendar: a date or a weekday a line.
final class CalendarReader {
  private let file: SourceFile
  private let findings: Findings
  private var calendar: ScheduleCalendar
  private var seen: [String: SourcePosition] = [:]
  /// Where the first date stands that it adds; nil: it adds none.
  private(set) var firstAdded: SourcePosition?

  /// No calendar needs more; with fewer any question about it is answered at once.
  private static let mostEntries = 100_000

  init(file: SourceFile, findings: Findings) {
    self.file = file
    self.findings = findings
    calendar = ScheduleCalendar(path: file.path)
  }

  /// The calendar; nil where a line is wrong, which is reported.
  func read() -> ScheduleCalendar? {
    let before = findings.errorCount
    let text = file.text.utf8
    var start = 0
    for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      read(line.prefix { $0 != UInt8(ascii: "#") }, at: start)
      start += line.count + 1
      if seen.count > Self.mostEntries {
        report(
          "out-of-range", "a calendar has at most \(Self.mostEntries) entries", at: start, length: 1,
          help: nil)
        break
      }
    }
    guard findings.errorCount == before else { return nil }
    calendar.added.sort()
    return calendar
  }

  private func read(_ line: Substring.UTF8View, at start: Int) {
    func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 13 }
    let indent = line.prefix(while: isBlank).count
    let body = line.dropFirst(indent)
    guard let last = body.lastIndex(where: { !isBlank($0) }) else { return }
    let bytes = body[...last]
    let entry = String(decoding: bytes, as: UTF8.self)
    let offset = start + indent
    if !take(entry) {
      return report(
        "invalid-calendar", "'\(Excerpt.of(entry))' is no date and no weekday", at: offset,
        length: entry.count,
        help: "write '2013-12-25' to leave a date out, '+2013-12-28' to add one, 'sat' to leave out Saturdays"
      )
    }
    let position = file.position(atByte: offset)
    if entry.hasPrefix("+"), firstAdded == nil { firstAdded = position }
    // The same date with and without '+' contradict each other.
    let name = entry.hasPrefix("+") ? String(entry.dropFirst()) : entry.lowercased()
    guard let first = seen.updateValue(position, forKey: name) else { return }
    findings.add(
      Diagnostic(
        code: "duplicate-value", "'\(name)' is in the calendar a second time", at: position,
        length: entry.count, notes: [.init("it is first here", at: first)]))
  }

  /// Whether a text is an entry, which is noted.
  private func take(_ entry: String) -> Bool {
    if let weekday = ScheduleCalendar.weekdayNames.firstIndex(of: entry.lowercased()) {
      calendar.weekdays |= 1 << UInt8(weekday)
      return true
    }
    let date = entry.hasPrefix("+") ? String(entry.dropFirst()) : entry
    guard date.utf8.count == 10, let day = CivilTime(declared: date)?.daysSinceEpoch else { return false }
    if entry.hasPrefix("+") { calendar.added.append(day) } else { calendar.excluded.insert(day) }
    return true
  }

  private func report(_ code: String, _ message: String, at offset: Int, length: Int, help: String?) {
    findings.add(
      Diagnostic(code: code, message, at: file.position(atByte: offset), length: length, help: help))
  }
}
