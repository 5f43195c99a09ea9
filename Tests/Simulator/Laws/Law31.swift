import Lineage
import MeshModel
import Planning

/// A plan makes what its mode asks for and nothing else, writers before readers; and what somebody saw of it
/// is done as it was shown, or not at all: exactly when it would still be the same.
final class Law31: Law {
  let number = 31
  /// What backfills that were taken up and are not committed yet are to make.
  private var expected: [BackfillID: BackfillPlan] = [:]

  /// What is not in the record was not taken up.
  func begin() { expected.removeAll() }

  /// Somebody looks at a plan that was made from what is in the record now.
  func see(
    _ plan: BackfillPlan, _ request: BackfillRequest, _ graph: MeshGraph, _ chronicle: Chronicle,
    _ court: Court
  ) -> PlannedWork {
    let right = PlannedWork(request, graph, chronicle)
    var places: [PlannedWork.Place: Int] = [:]
    for (place, item) in plan.items.enumerated() {
      let name = PlannedWork.Place(pipeline: item.pipeline, key: item.partition?.key ?? "")
      expect(places.updateValue(place, forKey: name) == nil, court, "\(name) is to be made twice")
      let work = PlannedWork.Work(tasks: item.tasks, kept: item.kept, replacesGood: item.replacesGood)
      expect(
        right.works[name] == work, court,
        "\(request.mode): \(name) is planned as \(work), not as \(right.works[name].map { "\($0)" } ?? "none")"
      )
    }
    for name in right.works.keys.sorted() where places[name] == nil {
      expect(false, court, "\(request.mode): \(name) is left out, and is to be made")
    }
    let left = plan.omissions.filter { $0.reason.code == "under_way" }.map {
      PlannedWork.Place(pipeline: $0.pipeline, key: $0.partition ?? "")
    }
    expect(Set(left) == right.underWay, court, "\(left) are left out, and \(right.underWay) are under way")
    var stays: [PlannedWork.Place: Bool] = [:]
    for one in plan.stays {
      let name = PlannedWork.Place(pipeline: one.pipeline, key: one.partition ?? "")
      expect(stays.updateValue(one.isGood, forKey: name) == nil, court, "\(name) is said to stay twice")
    }
    expect(stays == right.standing, court, "\(stays) are said to stay, good or not, and \(right.standing) do")
    for order in right.orders where !right.orders.contains(order.turned) {
      expect(
        places[order.writer, default: 0] < places[order.reader, default: .max], court,
        "\(order.reader) comes before \(order.writer), which it reads")
    }
    return right
  }

  /// Somebody wants done what they saw, and is refused or not.
  ///
  /// - Parameters:
  ///   - shown: what was right to make then.
  ///   - now: what is right to make now.
  func see(refused isRefused: Bool, shown: PlannedWork, now: PlannedWork, _ court: Court) {
    expect(
      isRefused == (shown != now), court,
      isRefused
        ? "a plan was refused, and nothing of it has changed"
        : "a plan is to be taken up that is not what was shown")
  }

  /// The owner takes up what somebody asked for a moment ago, or refuses it.
  func see(
    taken plan: BackfillPlan?, as backfill: BackfillID, asked: PlannedWork, now: PlannedWork, _ court: Court
  ) {
    expect(
      (plan == nil) == (asked.works != now.works), court,
      plan == nil
        ? "the owner refused a plan, and makes the same now"
        : "the owner took up a plan that is not what was asked for")
    if let plan { expected[backfill] = plan }
  }

  func see(_ change: Change, _ chronicle: Chronicle, _ court: Court) {
    guard case .runCreated(let run) = change, let backfill = run.backfill, expected[backfill] != nil else {
      return
    }
    let twin = chronicle.lines[run.pipeline]?.first { $0.record.partition?.key == run.partition?.key }
    expect(
      twin == nil, court,
      "b\(backfill) makes '\(run.pipeline)@\(run.partition?.key ?? "")', which run \(twin?.record.id ?? 0) makes"
    )
  }

  func seeCommit(_ changes: [Change], _ chronicle: Chronicle, _ court: Court) {
    for case .backfillCreated(let backfill) in changes {
      guard let plan = expected.removeValue(forKey: backfill.id) else { continue }
      let made = changes.compactMap { change -> RunRecord? in
        if case .runCreated(let run) = change, run.backfill == backfill.id { run } else { nil }
      }
      let isAsShown =
        made.count == plan.items.count
        && zip(made, plan.items).allSatisfy { run, item in
          let all = chronicle.releases[run.release]?.pipelines[run.pipeline]?.tasks.indices
          return run.pipeline == item.pipeline && run.partition == item.partition && run.kept == item.kept
            && (run.tasks ?? all.map(Array.init)) == item.tasks
        }
      expect(isAsShown, court, "b\(backfill.id) makes other runs than its plan had")
    }
  }
}

extension PlannedWork.Order {
  /// Who reads what the other makes and the other way round: partitions of pipelines without partitions.
  fileprivate var turned: PlannedWork.Order { PlannedWork.Order(writer: reader, reader: writer) }
}
