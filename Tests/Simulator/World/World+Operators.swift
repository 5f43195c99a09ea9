import Basics
import Lineage
import MeshModel
import Orchestration
import Planning
import Records

/// What operators ask for.
extension World {
  /// Has the owner asked for something, as its socket would.
  func wish(_ event: SchedulerEvent, _ batch: inout [EventLoop.Message]) {
    ask(event.asRequest, &batch) { [unowned self] (scheduler) throws(SessionError) in
      guard let owner else { return }
      if case .release = event {
        try deploy(owner.state.writer, &scheduler, at: owner.time.now)
      } else {
        scheduler.handle(event, at: owner.time.now)
      }
    }
  }

  /// - Parameter deed: what the desk does; it stands for what it would make of the request's words.
  func ask(_ request: ControlRequest, _ batch: inout [EventLoop.Message], deed: @escaping Wishes.Deed) {
    guard owner != nil else { return }
    let wishes = wishes
    let wish = wishes.add(deed)
    batch.append(
      .request(request, from: Asker(name: "somebody", origin: "socket")) { _ in
        // What was refused before the desk was not taken.
        wishes.remove(wish)
        wishes.answer(wish)
      })
  }

  func act(_ batch: inout [EventLoop.Message]) {
    let faults = machine.faults
    switch chance.number(0...31) {
    case 0...8: if let request = runRequest() { wish(.run(request), &batch) }
    case 9...11: backfill(&batch)
    case 12, 13:
      guard faults.has(.cancel), let run = runToCancel() else { return }
      tally.count(.cancel)
      wish(.cancel(run), &batch)
      guard faults.has(.secondCancel), chance.happens(0.5) else { return }
      tally.count(.secondCancel)
      wish(.cancel(run), &batch)
    case 14:
      guard faults.has(.secondCancel) else { return }
      let cancelled = chronicle.runs.values.filter { $0.cancellation != nil }.map(\.record.id)
      guard let run = chance.pick(cancelled.sorted()) else { return }
      tally.count(.secondCancel)
      wish(.cancel(run), &batch)
    case 15, 16: pause(&batch)
    case 17: mark(&batch)
    case 18:
      guard faults.has(.cancel), chance.happens(0.3), let target = target() else { return }
      tally.count(.cancel)
      wish(.cancelAllOf(target), &batch)
    case 19: markInstance(&batch)
    case 20, 21: if faults.has(.staleBackfill) { renew(&batch) }
    case 22: if faults.has(.acceptance) { accept(&batch) }
    case 23...25: approve(&batch)
    case 26, 27: silence(&batch)
    case 28:
      let alerts = chronicle.openAlerts.keys.sorted().filter { _ in chance.happens(0.3) }
      wish(.acknowledge(alerts, by: "anna", note: nil), &batch)
    case 29, 30: plan()
    default: return
    }
  }

  /// One that is not final; often one whose pipeline data makes due, of which some came since it was made.
  private func runToCancel() -> RunID? {
    let runs = chronicle.runs.values.sorted { $0.record.id < $1.record.id }
    let overtaken = runs.filter { run in
      run.cancellation == nil
        && run.facts.triggerInputs.contains { input in
          let standing = (chronicle.partitions[input.dataset] ?? [:]).values
          return standing.contains { $0.at > run.record.createdAt }
        }
    }
    return chance.pick(!overtaken.isEmpty && chance.happens(0.7) ? overtaken : runs)?.record.id
  }

  /// A pipeline of the latest release, or a backfill that is not final.
  private func target() -> PauseTarget? {
    let backfills = chronicle.backfills.filter { !$0.value.state.isFinal }.keys.sorted()
    if chance.happens(0.3), let backfill = chance.pick(backfills) { return .backfill(backfill) }
    return chance.pick(graph.pipelines.map(\.name)).map { .pipeline($0) }
  }

  private func pause(_ batch: inout [EventLoop.Message]) {
    guard machine.faults.has(.pause), let target = target(), !chronicle.paused.contains(target) else {
      return
    }
    tally.count(.pause)
    wish(.pause(target), &batch)
    agenda.add(.resume(target), after: chance.span(1_000, 500_000_000))
  }

  private func mark(_ batch: inout [EventLoop.Message]) {
    let names = chronicle.partitions.keys.sorted()
    guard machine.faults.has(.markedMissing), let dataset = chance.pick(names),
      let key = chance.pick((chronicle.partitions[dataset] ?? [:]).keys.sorted())
    else { return }
    tally.count(.markedMissing)
    let grain: Grain? = key.isEmpty ? nil : key.contains("T") ? .hourly : .daily
    let partition = grain.flatMap { grain in Readiness.interval(ofKey: key, grain) }
    wish(.mark(dataset, partition, isPresent: chance.happens(0.3), Reason("marked", "by hand")), &batch)
  }

  /// Somebody wants to hear nothing for a time, or wants to hear again.
  func silence(_ batch: inout [EventLoop.Message]) {
    let alerted = Set(chronicle.openAlerts.values.map(\.pipeline)).sorted()
    let names = !alerted.isEmpty && chance.happens(0.7) ? alerted : graph.pipelines.map(\.name)
    guard machine.faults.has(.silence), let name = chance.pick(names) else { return }
    tally.count(.silence)
    if chance.happens(0.4), let silence = chance.pick(chronicle.silences.sorted()) {
      return wish(.unsilence(silence, by: "bert"), &batch)
    }
    let selector = chance.happens(0.5) ? "\(name)" : "\(name.domain)/*"
    let span = Duration.milliseconds(chance.span(1_000, 1_000_000_000))
    wish(.silence(SilenceWish(selector: selector, span: span, by: "anna")), &batch)
  }

  /// Somebody decides about something that waits for that, who may or may not.
  private func approve(_ batch: inout [EventLoop.Message]) {
    guard machine.faults.has(.approval),
      let waiting = owner.flatMap({ chance.pick($0.loop.scheduler.waitingApprovals) })
    else { return }
    tally.count(.approval)
    let approver = chance.pick(Self.people) ?? Approver(name: "anna")
    let decision = ApprovalDecision(by: approver, isApproved: chance.happens(0.7), note: "so it is")
    wish(.approve(waiting.instance, decision), &batch)
  }

  private static let people = [
    Approver(name: "anna"), Approver(name: "bert"), Approver(name: "cleo", groups: ["ops"]),
  ]

  /// Declares how a task ends, of which some have begun meanwhile.
  private func markInstance(_ batch: inout [EventLoop.Message]) {
    let runs = chronicle.runs.values.filter { $0.state == .running }.sorted { $0.record.id < $1.record.id }
    guard machine.faults.has(.markedInstance), let run = chance.pick(runs),
      let state = chance.pick([InstanceState.success, .failed, .skipped])
    else { return }
    tally.count(.markedInstance)
    let task = chance.number(0...run.facts.tasks.count - 1)
    let instance = InstanceID(run: run.record.id, task: task)
    wish(.markInstance(instance, state, Reason("marked", "by hand")), &batch)
  }

  /// The days that runs are asked for, all before the simulation begins.
  static let days = 12
  static let firstSecond: Int64 = 1_356_998_400 - Int64(days) * 86_400

  private func runRequest() -> RunRequest? {
    guard !graph.pipelines.isEmpty else { return nil }
    let index = chance.number(0...graph.pipelines.count - 1)
    let pipeline = graph.pipelines[index]
    var partition: PartitionInterval?
    if let grain = pipeline.grain {
      let hours = Int64(chance.number(0...Self.days * 24 - 1))
      partition = Readiness.interval(Self.firstSecond + hours * 3600, grain)
    }
    var request = RunRequest(pipeline: index, partition: partition, cause: .manual)
    if chance.happens(0.15) { request.tasks = pipeline.tasks.indices.filter { _ in chance.happens(0.6) } }
    if chance.happens(0.15) { keep(&request, pipeline) }
    request.past = past(of: index, partition)
    request.askedBy = chance.happens(0.7) ? chance.pick(Self.people)?.name : nil
    return request
  }

  /// Keeps the tasks whose datasets stand, as a run that repeats a failed one does.
  private func keep(_ request: inout RunRequest, _ pipeline: Pipeline) {
    guard let facts = chronicle.latest?.pipelines[pipeline.name] else { return }
    let key = request.partition?.key ?? ""
    let kept = facts.tasks.indices.filter { place in
      let writes = facts.tasks[place].writes
      return !writes.isEmpty && writes.allSatisfy { chronicle.partitions[$0]?[key] != nil }
    }
    guard !kept.isEmpty else { return }
    request.kept = kept
    request.tasks = facts.tasks.indices.filter { !kept.contains($0) }
    request.retryOf = chronicle.finalRuns.filter { run in
      !run.value.isRemoved && run.value.record.pipeline == pipeline.name
        && run.value.record.partition?.key == request.partition?.key
    }.keys.max()
  }

  private func past(of index: Int, _ partition: PartitionInterval?) -> RunRequest.Past {
    guard let partition, let owner else { return .none }
    return (try? RunRequests(graph: graph, reader: owner.reader, clock: clock).past(of: index, partition))
      ?? .none
  }

  /// Partitions of some pipelines over some days, writers before readers; some overlap with one that runs.
  private func backfill(_ batch: inout [EventLoop.Message]) {
    let isOverlapping = machine.faults.has(.overlappingBackfill) && chance.happens(0.5)
    let live = chronicle.runs.values.contains { $0.record.backfill != nil }
    if isOverlapping, live { tally.count(.overlappingBackfill) }
    let first = isOverlapping ? 0 : chance.number(0...Self.days - 2)
    let last = min(Self.days, first + chance.number(1...4))
    var runs: [RunRequest] = []
    for index in graph.pipelines.indices.sorted(by: { number($0) < number($1) }) where chance.happens(0.5) {
      guard let grain = graph.pipelines[index].grain else {
        runs.append(RunRequest(pipeline: index, partition: nil, cause: .backfill))
        continue
      }
      let step = Readiness.length(grain)
      let begin = Self.firstSecond + Int64(first) * 86_400
      let end = grain == .hourly ? begin + 86_400 : Self.firstSecond + Int64(last) * 86_400
      for at in stride(from: begin, to: end, by: Int(step)) {
        let partition = Readiness.interval(at, grain)
        runs.append(
          RunRequest(
            pipeline: index, partition: partition, cause: .backfill, past: past(of: index, partition)))
      }
    }
    guard !runs.isEmpty else { return }
    let most = chance.happens(0.4) ? chance.number(1...5) : nil
    wish(.backfill(BackfillOrder(request: "backfill", runs: runs, maxActive: most)), &batch)
  }

  /// Pipelines read those with lower numbers.
  private func number(_ index: Int) -> Int { Int(graph.pipelines[index].name.name.dropFirst()) ?? 0 }
}

extension SchedulerEvent {
  /// A request of the kind that it comes of. Several runs may be asked for, and a release taken, in one
  /// commit with whatever else happens.
  fileprivate var asRequest: ControlRequest {
    switch self {
    case .run, .release:
      .run(pipeline: PipelineName(domain: "d", name: "p"), task: nil, partition: nil, params: [:])
    case .mark, .markInstance, .accept, .approve, .acknowledge, .backfill: .acknowledge(alerts: [], note: nil)
    default: .cancel(.run(0))
    }
  }
}
