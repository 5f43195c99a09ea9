import Lineage
import MeshModel
import Orchestration
import Planning
import Records

/// A plan that somebody looked at and may want done.
struct LookedAt {
  var request: BackfillRequest
  var shown: ShownPlan
  var release: ReleaseID
  /// What is right to make.
  var work: PlannedWork
}

/// What operators plan, look at for a while, and have done then.
extension World {
  /// Somebody has a backfill planned. Some want it done at once, some after days, and some twice in one
  /// moment.
  func plan() {
    guard machine.faults.has(.shownPlan), let release = releases[latest], chronicle.latest?.id == latest
    else { return }
    var nodes = Set(release.graph.nodes.indices.filter { _ in chance.happens(0.4) })
    var first = chance.number(0...Self.days - 1)
    if chance.happens(0.5), let (pipeline, key) = somethingUnderWay() {
      let its = release.graph.nodes.indices.filter { release.graph.nodes[$0].name.pipeline == pipeline }
      nodes.formUnion(its)
      first = (0..<Self.days).last { day($0) <= key } ?? first
    }
    let last = min(Self.days - 1, first + chance.number(0...3))
    let mode = BackfillRequest.Mode.allCases.randomElement(using: &chance.generator) ?? .missing
    let range = (from: day(first), to: day(last))
    let hasRange = mode != .stale || chance.happens(0.5)
    var request = BackfillRequest(selection: nodes, range: hasRange ? range : nil, mode: mode)
    request.upstream = chance.happens(0.3)
    request.downstream = chance.happens(0.2)
    guard let plan = planned(request, release), !plan.items.isEmpty else { return }
    let looked = LookedAt(
      request: request, shown: shown(plan, release), release: latest,
      work: laws.plans.see(plan, request, release.graph, chronicle, court))
    let delay = chance.happens(0.4) ? chance.span(1, 5_000) : chance.span(1, 400_000_000)
    for _ in 0..<chance.number(1...2) { agenda.add(.apply(looked), after: delay) }
  }

  /// What a plan leaves out, and what may be there when somebody wants the rest done.
  private func somethingUnderWay() -> (pipeline: PipelineName, key: String)? {
    let runs = chronicle.runs.values.map(\.record).sorted { $0.id < $1.id }
    return chance.pick(runs.compactMap { run in run.partition.map { (run.pipeline, $0.key) } })
  }

  private func day(_ number: Int) -> String {
    Readiness.interval(Self.firstSecond + Int64(number) * 86_400, .daily).key
  }

  /// From what is in the record.
  private func planned(_ request: BackfillRequest, _ release: Release) -> BackfillPlan? {
    guard let owner, owner.outage == nil, let ledger = try? PartitionLedger(reading: owner.reader) else {
      return nil
    }
    let history = History(reader: owner.reader, codes: release.codesOfDatasets)
    return try? BackfillPlanner(release: release, ledger: ledger, history: history).plan(request)
  }

  private func shown(_ plan: BackfillPlan, _ release: Release) -> ShownPlan {
    ShownPlan(plan, in: release.graph, files: "release \(release.id)")
  }

  /// Somebody wants done what they saw. Their command plans anew, asks for that where it is what they saw,
  /// and the owner plans once more: another one may have been faster.
  func apply(_ looked: LookedAt, _ batch: inout [EventLoop.Message]) {
    // Who asks for nodes of another release by their places means something else.
    guard looked.release == latest, let release = releases[latest],
      let plan = planned(looked.request, release)
    else { return }
    tally.count(.shownPlan)
    let work = PlannedWork(looked.request, release.graph, chronicle)
    let isRefused = !looked.shown.differences(from: shown(plan, release)).isEmpty
    laws.plans.see(refused: isRefused, shown: looked.work, now: work, court)
    guard !isRefused else { return tally.count(.stalePlan) }
    let digest = plan.digest(in: release.graph)
    let asked = ControlBackfill(selector: "*", mode: .missing, words: "", plan: digest)
    ask(.backfill(asked), &batch) { [unowned self] (scheduler) throws(SessionError) in
      guard let owner, looked.release == latest, let now = planned(looked.request, release) else { return }
      let right = PlannedWork(looked.request, release.graph, chronicle)
      let backfill = scheduler.nextBackfill
      do throws(SessionError) {
        try now.requireSame(as: digest, in: release.graph)
      } catch {
        tally.count(.stalePlan)
        laws.plans.see(taken: nil, as: backfill, asked: work, now: right, court)
        throw error
      }
      let requests = RunRequests(graph: release.graph, reader: owner.reader, clock: clock)
      let order = BackfillOrder(request: "backfill --apply", runs: try requests.runs(now, params: [:]))
      laws.plans.see(taken: now, as: backfill, asked: work, now: right, court)
      scheduler.handle(.backfill(order), at: owner.time.now)
    }
  }
}
