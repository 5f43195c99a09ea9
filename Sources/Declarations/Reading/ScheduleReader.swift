import Basics
import Diagnostics
import MeshModel

/// Reads `schedule:`.
struct ScheduleReader {
  let fields: Fields
  let position: SourcePosition

  private var findings: Findings { fields.findings }

  func timezone() -> String? { fields.text("timezone")?.value }

  /// When the pipeline is due; nil when only a zone or bounds are told.
  func schedule() -> Schedule? {
    guard let trigger = trigger() else {
      if !fields.mentions("cron"), !fields.mentions("every") {
        for key in ["catchup", "gap", "fold"] {
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
      fold: fields.choice("fold", Schedule.Fold.self) ?? .first, position: position)
  }

  private func trigger() -> Schedule.Trigger? {
    if let cron = fields["cron"], let every = fields["every"] {
      findings.error(
        "conflicting-keys", "'schedule' has one of 'cron' and 'every'", at: every.keyNode,
        notes: [.init("'cron' is here", at: cron.keyNode.position)])
    }
    if fields.has("cron") { return fields.text("cron").map(Schedule.Trigger.cron) }
    return fields.duration("every").map(Schedule.Trigger.every)
  }

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
