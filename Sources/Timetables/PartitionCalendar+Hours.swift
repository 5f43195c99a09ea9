import Basics
import MeshModel

/// A stretch of time in which the wall clock shows one hour.
///
/// Where the clock is put back within or into the same hour, the stretch ends, and the hour exists more
/// than once. Where it is put forward within an hour, the hour goes on.
struct LocalHour {
  /// The wall time at which the hour begins, in seconds; a multiple of 3600.
  var wall: Int64
  var start: Int64
  var end: Int64
  /// In which the stretch begins.
  var offset: Int64
  var isRepeated = false

  var key: String {
    let time = CivilTime(secondsSinceEpoch: wall)
    let hour = time.dateText + "T" + time.hour.padded(2) + ":00"
    return isRepeated ? hour + Zone.offsetText(Int(offset)) : hour
  }

  var interval: PartitionInterval {
    PartitionInterval(key: key, start: Instant(seconds: start), end: Instant(seconds: end))
  }
}

extension PartitionCalendar {
  /// The hour in which a moment lies.
  func hour(containing moment: Int64) -> LocalHour {
    let span = zone.spans.span(containing: moment)
    var hour = stretch(containing: moment, in: span)
    // Far from every change the hour is shown once.
    let reach = 3 * SpanTable.widestOffset
    if span.start + reach > moment || span.end - reach < moment {
      hour.isRepeated = stretches(showing: hour.wall).count > 1
    }
    return hour
  }

  /// Every stretch in which the wall clock shows the hour that begins at a wall time, in order.
  func hours(showing wall: Int64) -> [LocalHour] {
    var hours = stretches(showing: wall)
    if hours.count > 1 { for index in hours.indices { hours[index].isRepeated = true } }
    return hours
  }

  private func stretches(showing wall: Int64) -> [LocalHour] {
    var result: [LocalHour] = []
    var span = zone.spans.span(containing: wall - SpanTable.widestOffset)
    while true {
      let start = max(wall - span.offset, span.start)
      if start < min(wall + 3600 - span.offset, span.end), result.last.map({ $0.end <= start }) ?? true {
        result.append(stretch(containing: start, in: span))
      }
      if span.end > wall + 3600 + SpanTable.widestOffset { return result }
      span = zone.spans.span(containing: span.end)
    }
  }

  private func stretch(containing moment: Int64, in span: SpanTable.Span) -> LocalHour {
    let wall = (moment + span.offset).flooredQuotient(3600) * 3600
    var first = span
    while first.start + first.offset > wall, first.previousOffset <= first.offset,
      first.start + first.previousOffset > wall
    {
      first = zone.spans.span(containing: first.start - 1)
    }
    var last = span
    while last.end + last.offset < wall + 3600, last.nextOffset >= last.offset,
      last.end + last.nextOffset < wall + 3600
    {
      last = zone.spans.span(containing: last.end)
    }
    return LocalHour(
      wall: wall, start: max(wall - first.offset, first.start), end: min(wall + 3600 - last.offset, last.end),
      offset: first.offset)
  }
}
