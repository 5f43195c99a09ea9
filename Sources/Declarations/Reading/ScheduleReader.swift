import Basics
import Diagnostics
import MeshModel
import Timetables

/// Reads `schedule:`.
struct ScheduleReader {
  let scope: Scope
  let fields: Fields
  let position: SourcePosition

  private var findings: Findings { fields.findings }

  /// The zone, if the machine knows it.
  func timezone() -> String? {
    guard let entry = fields["timezone"], let name = fields.text("timezone")?.value else { return nil }
    do {
      return try Zone(named: name).name
    } catch {
      let near = error.closest.first ?? findings.nearest(to: name, among: error.candidates)
      findings.error(
        "invalid-zone", error.description, at: entry.value,
        help: near.map { "did you mean '\($0)'?" } ?? error.help)
      return nil
    }
  }

  /// When the pipeline is due; nil when only a zone or bounds are told.
  func schedule() -> Schedule? {
    guard let trigger = trigger() else {
      if !fields.mentions("cron"), !fields.mentions("every"), !fields.mentions("on") {
        for key in ["catchup", "gap", "fold", "when_full", "delay", "calendar", "on_excluded"] {
          guard let entry = fields[key] else { continue }
          findings.error(
            "conflicting-keys", "'\(key)' needs 'cron' or 'every'", at: entry.keyNode,
            help: "without one the pipeline runs by hand only")
        }
      }
      return nil
    }
    var schedule = Schedule(
      trigger: trigger, catchup: fields.choice("catchup", Schedule.Catchup.self) ?? .latest,
      gap: fields.choice("gap", Schedule.Gap.self) ?? .after,
      fold: fields.choice("fold", Schedule.Fold.self) ?? .first,
      whenFull: fields.choice("when_full", Schedule.WhenFull.self) ?? .queue,
      delay: fields.duration("delay") ?? .zero, position: position)
    readCalendar(into: &schedule)
    return schedule
  }

  private func readCalendar(into schedule: inout Schedule) {
    schedule.onExcluded = fields.choice("on_excluded", Schedule.OnExcluded.self) ?? .skip
    guard let entry = fields["calendar"] else {
      guard let entry = fields["on_excluded"], !fields.mentions("calendar") else { return }
      return findings.error(
        "conflicting-keys", "'on_excluded' needs 'calendar'", at: entry.keyNode,
        help: "name the file that says which dates are left out")
    }
    guard let path = fields.text("calendar")?.value, let file = scope.file(path, entry.value) else { return }
    let reader = CalendarReader(file: file, findings: findings)
    guard let calendar = reader.read() else { return }
    schedule.calendar = calendar
    check(schedule, calendar, entry, firstAdded: reader.firstAdded)
  }

  private func check(
    _ schedule: Schedule, _ calendar: ScheduleCalendar, _ entry: Fields.Entry, firstAdded: SourcePosition?
  ) {
    var expression: CronExpression?
    if case .cron(let text) = schedule.trigger { expression = try? CronExpression(parsing: text.value) }
    guard let expression, !expression.followsRealTime else {
      let help = "write a cron such as '0 6 * * *', whose minute and hour do not begin with '*'"
      if schedule.onExcluded != .skip, let entry = fields["on_excluded"] {
        findings.error(
          "conflicting-keys",
          "'on_excluded: \(schedule.onExcluded.rawValue)' moves ticks, and this schedule has no fixed times of day",
          at: entry.value, help: help)
      } else if let firstAdded {
        findings.error(
          "conflicting-keys", "the calendar adds dates, and this schedule has no fixed times of day",
          at: entry.value, notes: [.init("this is the first date that it adds", at: firstAdded)], help: help)
      } else if isNeverDue(schedule) {
        findings.error("never-due", "the calendar leaves no tick", at: entry.value)
      }
      return
    }
    let days = CalendarDays(calendar, onExcluded: schedule.onExcluded)
    guard let drought = days.drought(of: expression) else { return }
    if let next = drought.to {
      findings.warning(
        "never-due",
        "the calendar leaves no tick from \(drought.from.dateText) to \(next.dateText)", at: entry.value,
        help: "'heddle schedule PIPELINE' shows the next ticks")
    } else {
      let since = calendar.excluded.isEmpty ? "" : " from \(drought.from.dateText) on"
      findings.error(
        "never-due", "the calendar leaves no tick\(since)", at: entry.value,
        help: "take dates or weekdays out of it, or 'schedule' out of the pipeline")
    }
  }

  private func isNeverDue(_ schedule: Schedule) -> Bool {
    guard let timetable = try? Timetable(schedule: schedule, zone: .utc) else { return false }
    return timetable.next(after: Instant(seconds: 0)) == nil
  }

  private func trigger() -> Schedule.Trigger? {
    // What goes with 'on' is told where that is read.
    if fields.mentions("on") { return nil }
    if let cron = fields["cron"], let every = fields["every"] {
      findings.error(
        "conflicting-keys", "'schedule' has one of 'cron' and 'every'", at: every.keyNode,
        notes: [.init("'cron' is here", at: cron.keyNode.position)])
    }
    if let cron = fields["cron"] { return self.cron(cron.value) }
    return fields.duration("every").map(Schedule.Trigger.every)
  }

  private func cron(_ node: YAMLNode) -> Schedule.Trigger? {
    guard let text = Values.text(node, of: "cron", findings) else { return nil }
    do {
      _ = try CronExpression(parsing: text.value)
      return .cron(text)
    } catch {
      let place = node.locatedText.position(atByte: error.offset)
      let part = text.value.utf8.dropFirst(error.offset).prefix(error.length)
      findings.add(
        Diagnostic(
          code: "invalid-cron", error.message, at: place,
          length: String(decoding: part, as: UTF8.self).unicodeScalars.count, help: error.help))
      return nil
    }
  }

  /// The first partition and the end of the last.
  func bounds() -> (start: CivilTime?, end: CivilTime?) {
    let start = fields.moment("start")
    let end = fields.moment("end")
    if let start, let end, end.value <= start.value, let entry = fields["end"] {
      findings.error(
        "out-of-range", "'end' is not after 'start', so nothing lies between them", at: entry.value,
        notes: [.init("'start' is here", at: start.position)])
    }
    return (start?.value, end?.value)
  }
}
