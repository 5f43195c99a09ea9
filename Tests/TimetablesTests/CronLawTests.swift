import Basics
import MeshModel
import Testing

@testable import Timetables

/// The arithmetic of ticks against a plain walk through every minute, around changes of the clock.
@Suite struct CronLawTests {
  @Test func `ticks are those that a walk minute by minute finds`() throws {
    var chance = SeededGenerator(seed: 3)
    let zones = try ZoneSample.zones(stride: 40)
    var walked = 0
    while walked < 150 {
      guard let zone = zones.randomElement(using: &chance),
        let change = ZoneSample.transitions(of: zone, from: 1972, to: 2100, count: 1, using: &chance).first,
        change.offset % 60 == 0, change.previousOffset % 60 == 0, change.start % 60 == 0
      else { continue }
      walked += 1
      let cron = try CronExpression(parsing: Self.expression(&chance, around: zone, change))
      let gap = Schedule.Gap.allCases.randomElement(using: &chance) ?? .after
      let fold = Schedule.Fold.allCases.randomElement(using: &chance) ?? .first
      let start = change.start - Int64.random(in: 0...150, using: &chance) * 60
      let end = change.start + 150 * 60
      let expected = Self.walk(cron, zone, gap, fold, start, end)
      var moment = Instant(seconds: start)
      var found: [Int64] = []
      while let next = cron.next(after: moment, in: zone, gap: gap, fold: fold), next.seconds <= end {
        #expect(next > moment)
        found.append(next.seconds)
        moment = next
      }
      #expect(
        found == expected,
        "\(cron.text) in \(zone.name) after \(text(Instant(seconds: start), in: zone)), \(gap) \(fold)")
    }
  }

  @Test func `ticks strictly increase over all of history`() throws {
    var chance = SeededGenerator(seed: 4)
    for zone in try ZoneSample.zones(stride: 15) {
      for change in ZoneSample.transitions(of: zone, count: 3, using: &chance) {
        let cron = try CronExpression(parsing: Self.expression(&chance, around: zone, change))
        var moment = Instant(seconds: change.start - 90_000)
        for _ in 0..<8 {
          guard let next = cron.next(after: moment, in: zone, fold: .both) else { break }
          #expect(next > moment, "\(cron.text) in \(zone.name) after \(moment.rfc3339)")
          // Nothing lies between: asked from just before, the tick is the same.
          #expect(cron.next(after: next - .milliseconds(1), in: zone, fold: .both) == next)
          moment = next
        }
      }
    }
  }

  /// An expression that has ticks near a change: hours around it, fixed or not.
  private static func expression(
    _ chance: inout SeededGenerator, around zone: Zone, _ change: SpanTable.Span
  ) -> String {
    let hour = zone.local(at: Instant(seconds: change.start)).hour
    let minutes = ["*", "*/7", "*/30", "0", "30", "15,45", "0-20", "59", "5/25"]
    let near = (-2...2).map { String((hour + $0 + 24) % 24) }
    let hours = ["*", "*/2"] + near + near + ["\(near[1]),\(near[2])", "\(near[2]),\(near[3])"]
    let days = ["* * *", "* * *", "* * *", "*/2 * *", "* * 0", "1-15 * 0", "*/2 * 0,6"]
    return [minutes, hours, days].map { $0.randomElement(using: &chance) ?? "*" }.joined(separator: " ")
  }

  private static func walk(
    _ cron: CronExpression, _ zone: Zone, _ gap: Schedule.Gap, _ fold: Schedule.Fold, _ start: Int64,
    _ end: Int64
  ) -> [Int64] {
    var result: [Int64] = []
    for moment in stride(from: start + 60, through: end, by: 60) {
      let time = zone.local(at: Instant(seconds: moment))
      if isDue(cron, zone, gap, fold, moment, time) { result.append(moment) }
    }
    return result
  }

  private static func isDue(
    _ cron: CronExpression, _ zone: Zone, _ gap: Schedule.Gap, _ fold: Schedule.Fold, _ moment: Int64,
    _ time: CivilTime
  ) -> Bool {
    if cron.followsRealTime { return matches(cron, time) }
    if gap == .after {
      let before = zone.local(at: Instant(seconds: moment - 1)).secondsSinceEpoch
      for lost in stride(from: before + 1, to: time.secondsSinceEpoch, by: 60)
      where matches(cron, CivilTime(secondsSinceEpoch: lost)) {
        return true
      }
    }
    guard matches(cron, time) else { return false }
    guard case .fold(let first, let second) = zone.instants(of: time) else { return true }
    switch fold {
    case .first: return first.seconds == moment
    case .second: return second.seconds == moment
    case .both: return true
    }
  }

  /// The rule of the manual, field by field.
  private static func matches(_ cron: CronExpression, _ time: CivilTime) -> Bool {
    func has(_ field: CronField, _ number: Int) -> Bool {
      cron.sets[field.rawValue].bits & (1 << UInt64(number)) != 0
    }
    guard has(.minute, time.minute), has(.hour, time.hour), has(.month, time.month) else { return false }
    let date = has(.dayOfMonth, time.day)
    let weekday = has(.dayOfWeek, time.isoWeekday) || (time.isoWeekday == 7 && has(.dayOfWeek, 0))
    let starred = [CronField.dayOfMonth, .dayOfWeek].contains { cron.sets[$0.rawValue].beginsWithStar }
    return starred ? date && weekday : date || weekday
  }
}
