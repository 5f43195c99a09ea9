import CSystem
import Execution
import Glibc
import Threads

/// Where the lines of a log begin, as far as it was read; a log that grows is read on from there.
///
/// The first line that begins 32 KiB or more behind the last place noted is noted, so a log of a gigabyte
/// costs half a megabyte, and any line is found by reading less than that. A request reads a bounded part of
/// the log, and none waits for what another one reads.
final class LogIndex: Sendable {
  /// Lines of a log.
  struct Page: Sendable {
    /// The number of the first, from 1.
    var from: Int
    var lines: [String] = []
    /// The bytes that they take.
    var bytes: Range<Int>
    /// How many lines there are, as far as is known; one that has not ended counts.
    var known: Int
    /// Nothing was there behind what is known.
    var isWhole: Bool
  }

  /// What a search has found.
  struct Hits: Sendable {
    var lines: [(Int, String)] = []
    /// The line to go on at; nil: at the end.
    var next: Int?
  }

  /// What one request may read.
  struct Bounds: Sendable {
    /// Of what is new, to find its lines.
    var indexed = 1 << 30
    /// Of what is looked through for a text.
    var searched = 64 << 20
    /// Of the lines that are shown.
    var shown = 4 << 20
  }

  /// A line that is found without reading what is before it.
  private struct Mark {
    var line: Int
    var offset: Int
  }

  /// What is known of the lines up to a place.
  private struct Known {
    var marks = [Mark(line: 1, offset: 0)]
    /// How many ends of lines there are before `scanned`.
    var ends = 0
    var scanned = 0
    /// Where the line after the last end begins.
    var lastEnd = 0
    /// There was nothing behind `scanned`.
    var isWhole = false
    /// How often the log was shorter than it had been: its own task may empty it.
    var cuts = 0

    /// The last line has not ended where reading was left.
    var isTorn: Bool { !isWhole && scanned > lastEnd }

    var lines: Int { ends + (scanned > lastEnd ? 1 : 0) }

    /// The last mark at or before a line.
    func mark(before line: Int) -> Int {
      var (low, high) = (0, marks.count)
      while high - low > 1 {
        let middle = (low + high) / 2
        if marks[middle].line <= line { low = middle } else { high = middle }
      }
      return low
    }

    /// Where the stretch that begins at a mark ends.
    func end(of mark: Int) -> Int { mark + 1 < marks.count ? marks[mark + 1].offset : scanned }

    /// Takes in what stands behind `scanned`. Ends of lines are only counted, many at once, but for the one
    /// before each mark.
    mutating func take(_ bytes: UnsafeRawBufferPointer) {
      guard let base = bytes.baseAddress else { return }
      defer { scanned += bytes.count }
      var place = 0
      while place < bytes.count {
        let due = (marks.last?.offset ?? 0) + LogIndex.stride - 1 - scanned
        let near = min(max(place, due), bytes.count)
        if let last = heddle_find_last(base + place, near - place, 10) {
          ends += heddle_count(base + place, near - place, 10)
          lastEnd = scanned + base.distance(to: last) + 1
        }
        guard let end = memchr(base + near, 10, bytes.count - near) else { return }
        place = base.distance(to: UnsafeRawPointer(end)) + 1
        ends += 1
        lastEnd = scanned + place
        marks.append(Mark(line: ends + 1, offset: lastEnd))
      }
    }
  }

  static let stride = 32 << 10
  /// What a line may hold before it is cut.
  static let longestLine = 64 << 10
  private static let piece = 1 << 20

  private let descriptor: Int32
  private let bounds: Bounds
  /// Tells the file from another one of its name.
  let identity: ino_t
  private let state = Guarded(Known())

  /// Nil: it cannot be opened, or is no file.
  init?(path: String, bounds: Bounds = Bounds()) {
    self.bounds = bounds
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return nil }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      return nil
    }
    identity = status.st_ino
  }

  deinit { close(descriptor) }

  /// How many bytes there are now.
  var size: Int {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  /// Lines from a number on, with their secrets hidden: at most so many, and fewer where they are long.
  func lines(from first: Int, count: Int, _ mask: SecretMask) -> Page {
    page(from: first, count: count, mask, known())
  }

  /// The last lines that are known, with their secrets hidden.
  func last(_ count: Int, _ mask: SecretMask) -> Page {
    let known = known()
    return page(from: known.lines - count + 1, count: count, mask, known)
  }

  private func page(from first: Int, count: Int, _ mask: SecretMask, _ known: Known) -> Page {
    let first = max(1, first)
    var page = Page(from: first, bytes: 0..<0, known: known.lines, isWhole: known.isWhole)
    var shown = 0
    for mark in known.mark(before: first)..<known.marks.count {
      let stretch = LogStretch(from: descriptor, at: known.marks[mark].offset, to: known.end(of: mark), mask)
      var number = known.marks[mark].line
      for line in stretch.lines {
        defer { number += 1 }
        guard number >= first else { continue }
        guard page.lines.count < count, shown < bounds.shown else { return page }
        if page.lines.isEmpty { page.bytes = line.lowerBound..<line.lowerBound }
        page.lines.append(stretch.text(of: line))
        page.bytes = page.bytes.lowerBound..<line.upperBound
        shown += min(line.count, Self.longestLine)
      }
    }
    if page.lines.isEmpty { page.bytes = known.scanned..<known.scanned }
    return page
  }

  /// The lines from a number on that hold a text, whatever its case, and are of a level, as far as one
  /// request may look and show. Secrets are hidden before they are looked at, or asking for one would tell
  /// whether it is there.
  ///
  /// - Parameters:
  ///   - text: nil: lines with whatever text.
  ///   - level: nil: lines of whatever level.
  func search(
    _ text: String?, level: LogLevel? = nil, from first: Int, limit: Int, _ mask: SecretMask
  ) -> Hits {
    let known = known()
    let sought = text?.utf8.map(Self.lowercased)
    var hits = Hits()
    var (looked, shown) = (0, 0)
    for mark in known.mark(before: max(1, first))..<known.marks.count {
      var number = known.marks[mark].line
      if looked >= bounds.searched {
        hits.next = number
        return hits
      }
      let stretch = LogStretch(from: descriptor, at: known.marks[mark].offset, to: known.end(of: mark), mask)
      looked += max(1, stretch.bytes.count)
      let folded = sought == nil ? [] : stretch.bytes.map(Self.lowercased)
      if let sought, !Self.holds(folded[...], sought) { continue }
      for line in stretch.lines {
        defer { number += 1 }
        guard number >= first else { continue }
        if known.isTorn, number == known.lines { break }
        if let sought, !Self.holds(folded[stretch.content(of: line)], sought) { continue }
        if let level, stretch.level(of: line).map(level.includes) != true { continue }
        guard hits.lines.count < limit, shown < bounds.shown else {
          hits.next = number
          return hits
        }
        hits.lines.append((number, stretch.text(of: line)))
        shown += min(line.count, Self.longestLine)
      }
    }
    if !known.isWhole { hits.next = max(first, known.lines) }
    return hits
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte | 0x20 : byte }

  private static func holds(_ line: ArraySlice<UInt8>, _ sought: [UInt8]) -> Bool {
    line.withUnsafeBytes { line in
      sought.withUnsafeBytes { heddle_find(line.baseAddress, line.count, $0.baseAddress, $0.count) != nil }
    }
  }

  /// What is known once what was written since is read, or as much of it as a request may read. Nobody waits
  /// meanwhile: who comes at the same time reads the same.
  private func known() -> Known {
    var known = state.withLock { $0 }
    if size < known.scanned {
      let cuts = known.cuts + 1
      known = Known()
      known.cuts = cuts
    }
    read(&known)
    state.withLock { if (known.cuts, known.scanned) >= ($0.cuts, $0.scanned) { $0 = known } }
    return known
  }

  private func read(_ known: inout Known) {
    let limit = known.scanned + bounds.indexed
    let wanted = min(Self.piece, max(4096, size - known.scanned))
    var buffer = [UInt8](repeating: 0, count: wanted)
    known.isWhole = false
    while known.scanned < limit {
      let got = pread(descriptor, &buffer, min(wanted, limit - known.scanned), off_t(known.scanned))
      if got < 0, errno == EINTR { continue }
      known.isWhole = got <= 0
      if got <= 0 { return }
      buffer.withUnsafeBytes { known.take(UnsafeRawBufferPointer(rebasing: $0[..<got])) }
    }
  }
}
