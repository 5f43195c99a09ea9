import Basics

/// The offsets of a zone over all time, as spans of one offset each.
final class SpanTable: Sendable, Equatable {
  /// A stretch of time with one offset. Bounds and offsets are in seconds; `end` is excluded.
  ///
  /// A bound need not be a transition: where nothing changes, the offset beside it is the same.
  struct Span {
    var start: Int64
    var end: Int64
    var offset: Int64
    var previousOffset: Int64
    var nextOffset: Int64

    func contains(_ moment: Int64) -> Bool { start <= moment && moment < end }
  }

  /// Far enough for every moment, near enough that sums of a few do not overflow.
  static let earliest = Int64.min / 4
  static let latest = Int64.max / 4
  /// No offset is wider: RFC 8536 allows less than 26 hours.
  static let widestOffset: Int64 = 26 * 3600
  /// The Gregorian calendar repeats itself, weekdays too, after 400 years.
  static let cycle: Int64 = 146_097 * 86_400

  /// Ascending; the first is `earliest`.
  private let starts: [Int64]
  /// One for each start.
  private let offsets: [Int64]
  /// From here on everything repeats every `cycle`, and the table reaches further than one cycle from here.
  private let repeatsFrom: Int64?

  /// One offset for all time.
  init(offset: Int64) {
    starts = [Self.earliest]
    offsets = [offset]
    repeatsFrom = nil
  }

  /// Transitions in ascending order, each with the offset that begins there, and the rule for the time
  /// after them.
  init(first: Int64, transitions: [(at: Int64, offset: Int64)], rule: DaylightRule?) {
    var starts = [Self.earliest]
    var offsets = [first]
    func append(_ moment: Int64, _ offset: Int64) {
      let last = starts.count - 1
      if moment <= starts[last] {
        offsets[last] = offset
      } else if offset != offsets[last] {
        starts.append(moment)
        offsets.append(offset)
      }
    }
    for transition in transitions { append(transition.at, transition.offset) }
    var repeatsFrom: Int64?
    if let rule {
      let last = transitions.last?.at ?? Self.earliest
      if rule.isConstant {
        append(last, rule.standardOffset)
      } else {
        let year = Int64(CivilTime(secondsSinceEpoch: max(last, -Self.cycle)).year)
        repeatsFrom = CivilTime(year: Int(year) + 2, month: 1, day: 1).secondsSinceEpoch
        for change in rule.changes(from: year - 1, through: year + 404) {
          append(max(change.at, last), change.offset)
        }
      }
    }
    self.starts = starts
    self.offsets = offsets
    self.repeatsFrom = repeatsFrom
  }

  static func == (left: SpanTable, right: SpanTable) -> Bool {
    left.starts == right.starts && left.offsets == right.offsets && left.repeatsFrom == right.repeatsFrom
  }

  /// Holds a number of seconds where arithmetic cannot overflow.
  static func clamped(_ seconds: Int64) -> Int64 { min(max(seconds, earliest / 2), latest / 2) }

  /// The span in which a moment lies.
  func span(containing moment: Int64) -> Span {
    guard let repeatsFrom, moment >= repeatsFrom + Self.cycle else { return listedSpan(containing: moment) }
    let shift = (moment - repeatsFrom) / Self.cycle * Self.cycle
    var span = listedSpan(containing: moment - shift)
    span.start += shift
    span.end += shift
    return span
  }

  private func listedSpan(containing moment: Int64) -> Span {
    var low = 0
    var high = starts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= moment { low = middle } else { high = middle }
    }
    return Span(
      start: starts[low], end: low + 1 < starts.count ? starts[low + 1] : Self.latest, offset: offsets[low],
      previousOffset: offsets[max(low - 1, 0)], nextOffset: offsets[min(low + 1, offsets.count - 1)])
  }

  /// The first moment whose wall time is `wall` or later.
  func firstMoment(reaching wall: Int64) -> Int64 {
    var span = self.span(containing: wall - Self.widestOffset)
    while true {
      if span.start + span.offset >= wall { return span.start }
      let moment = wall - span.offset
      if moment < span.end { return moment }
      span = self.span(containing: span.end)
    }
  }
}
