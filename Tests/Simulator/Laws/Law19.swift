import Basics
import MeshModel

/// Retention removes only what is final, older than the rule and of no use any more, with its logs.
final class Law19: Law {
  let number = 19

  func see(_ change: Change, _ chronicle: Chronicle, _ court: Court) {
    guard case .runsRemoved(let gone, let at) = change else { return }
    for run in gone { checkRun(run, at, chronicle, court) }
  }

  private func checkRun(_ id: RunID, _ at: Instant, _ chronicle: Chronicle, _ court: Court) {
    guard let run = chronicle.finalRuns[id] else {
      return expect(false, court, "run \(id) is removed, and is not final")
    }
    expect(!run.isRemoved, court, "run \(id) is removed twice")
    if let age = court.retention.runs {
      expect(
        run.at < at - age, court, "run \(id) is removed \(at - run.at) after its end, the rule is \(age)")
    } else {
      expect(false, court, "run \(id) is removed, and runs are kept for ever")
    }
    let key = run.record.partition?.key
    let hasLater =
      chronicle.finalRuns.contains { $0.key > id && Self.isSame($0.value.record, run.record) }
      || chronicle.runs.contains { $0.key > id && Self.isSame($0.value.record, run.record) }
    expect(hasLater, court, "run \(id) is removed, the latest of '\(run.record.pipeline)@\(key ?? "")'")
    let retries = chronicle.finalRuns.values.contains { $0.record.retryOf == id && !$0.isRemoved }
    expect(
      !retries && !chronicle.runs.values.contains { $0.record.retryOf == id }, court,
      "run \(id) is removed, and what repeats it is not")
    for (dataset, partitions) in chronicle.partitions {
      let made = partitions.first { $0.value.maker == id || $0.value.skipper == id }
      expect(made == nil, court, "run \(id) is removed, which made '\(dataset)@\(made?.key ?? "")'")
    }
  }

  private static func isSame(_ one: RunRecord, _ other: RunRecord) -> Bool {
    one.pipeline == other.pipeline && one.partition?.key == other.partition?.key
  }

  /// The logs of a run are removed.
  static func check(logsOf id: RunID, at now: Instant, _ chronicle: Chronicle, _ court: Court) {
    guard let run = chronicle.finalRuns[id], let age = court.retention.logs ?? court.retention.runs else {
      return court.violations.append((19, "the logs of run \(id) are removed, and it is not final"))
    }
    if run.at >= now - age, !run.isRemoved {
      court.violations.append((19, "the logs of run \(id) are removed \(now - run.at) after its end"))
    }
  }

  /// Everything that was to be done is done: these logs are left.
  static func check(left logs: Set<RunID>, _ chronicle: Chronicle, _ court: Court) {
    if let run = logs.sorted().first(where: { chronicle.finalRuns[$0]?.isRemoved == true }) {
      court.violations.append((19, "run \(run) is removed, and its logs are not"))
    }
  }
}
