import Basics
import Diagnostics
import MeshModel
import Timetables

/// Reads `schedule:`.
struct ScheduleReader {
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
      if !fields.mentions("cron"), !fields.mentions("every") {
        for key in ["catchup", "gap", "fold", "when_full", "delay"] {
          guard let entry = fields[key] else { continue }
          findings.error(
            "conflicting-keys", "'\(key)' needs 'cron' or 'every'", at: entry.keyNode,
            help: "without one the pipeline runs by hand only")
        }
      }
      return nil
    }
    return Schedule(
      trigger: trigger, catchup: fields.choice("catchup", Schedule.Catchup.self) ?? .latest,
      gap: fields.choice("gap", Schedule.Gap.self) ?? .after,
      fold: fields.choice("fold", Schedule.Fold.self) ?? .first,
      whenFull: fields.choice("when_full", Schedule.WhenFull.self) ?? .queue,
      delay: fields.duration("delay") ?? .zero, position: position)
  }

  private func trigger() -> Schedule.Trigger? {
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
