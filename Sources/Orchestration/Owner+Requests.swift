import Glibc
import Lineage
import MeshModel
import Planning
import Records

/// What commands ask of the owner. The reply is given once what follows is committed.
extension Owner {
  func take(
    _ request: ControlRequest, from asker: Asker, with found: Preparation, _ scheduler: inout Scheduler
  ) throws(SessionError) -> ControlReply {
    try request.checkRemark()
    switch request {
    case .hello:
      return .hello(
        version: identity.version, pid: getpid(), startedAt: startedAt, isDaemon: identity.isDaemon,
        workers: scheduler.workers)
    case .run(let pipeline, let task, let partition, let params):
      let wanted = try requests.runs(pipeline, task: task, partition: partition, params: params)
      var ids: [RunID] = []
      for run in wanted {
        ids.append(scheduler.nextRun)
        scheduler.handle(.run(run.asked(by: asker)), at: time.now)
      }
      return .accepted(runs: ids, backfill: nil)
    case .backfill(let asked): return try backfill(asked, from: asker, &scheduler)
    // Those that come over the socket are prepared beside the loop; this process has just taken its own.
    case .deploy: return .released(taken.id, isNew: taken.isNew)
    case .retry(let wish): return try retry(wish, from: asker, with: found, &scheduler)
    case .cancel(let target): return try cancel(target, &scheduler)
    case .pause(let target): return try pause(target, true, &scheduler)
    case .resume(let target): return try pause(target, false, &scheduler)
    case .mark(let dataset, let key, let mark):
      return try self.mark(dataset, key, mark, &scheduler)
    case .accept(let wish): return try accept(wish, &scheduler)
    case .approve(let run, let task, let index, let isApproved, let note):
      let decision = ApprovalDecision(
        by: found.approver ?? Approver(name: asker.name), isApproved: isApproved, note: note)
      return try approve(run, task, index, decision, &scheduler)
    case .markInstance(let run, let task, let index, let mark):
      return try self.mark(run, task, index, mark, &scheduler)
    case .acknowledge(let alerts, let note): return try acknowledge(alerts, note, from: asker, &scheduler)
    case .silence(let selector, let span, let reason):
      let wish = SilenceWish(selector: selector, span: span, reason: reason, by: asker.name)
      return try silence(wish, &scheduler)
    case .unsilence(let silence): return try unsilence(silence, from: asker, &scheduler)
    case .createToken, .revokeToken: return try token(request)
    }
  }

  private func backfill(
    _ asked: ControlBackfill, from asker: Asker, _ scheduler: inout Scheduler
  ) throws(SessionError) -> ControlReply {
    let view = try planning()
    let plan = try view.plan(try project.request(for: asked, reader: reader))
    try plan.requireSame(as: asked.plan, in: project.graph)
    guard !plan.items.isEmpty else { return .accepted(runs: [], backfill: nil) }
    let order = try view.order(plan, words: asked.words, params: asked.params, maxActive: asked.maxActive)
    let id = scheduler.nextBackfill
    scheduler.handle(.backfill(order.asked(by: asker)), at: time.now)
    return .accepted(runs: [], backfill: id)
  }

  private func retry(
    _ wish: RetryWish, from asker: Asker, with found: Preparation, _ scheduler: inout Scheduler
  ) throws(SessionError) -> ControlReply {
    let first = scheduler.nextRun
    for event in try retries(wish, using: found.releases).events(askedBy: asker) {
      scheduler.handle(event, at: time.now)
    }
    return .accepted(runs: Array(first..<scheduler.nextRun), backfill: nil)
  }

  private func cancel(
    _ target: ControlTarget, _ scheduler: inout Scheduler
  ) throws(SessionError) -> ControlReply {
    let live: [RunID]
    switch target {
    case .run(let run): live = scheduler.isLive(run) ? [run] : []
    case .backfill(let id): live = scheduler.unfinishedRuns(of: .backfill(id))
    case .pipeline(let name): live = scheduler.unfinishedRuns(of: .pipeline(name))
    }
    guard !live.isEmpty else { throw try nothingLive(target) }
    let progress = scheduler.progress(of: live)
    for run in live { scheduler.handle(.cancel(run), at: time.now) }
    guard live.count > 1 else { return .done("run \(live[0]) is being cancelled") }
    return .done(
      "\(live.count) runs are being cancelled: \(progress.unbegun) not begun, \(progress.waiting) waiting, "
        + "\(progress.working) at work")
  }

  private func nothingLive(_ target: ControlTarget) throws(SessionError) -> SessionError {
    switch target {
    case .run(let id):
      let known: RunSummary?
      do { known = try reader.run(id) } catch { throw SessionError(error) }
      guard let known else { return SessionError(.notFound, "there is no run \(id)") }
      return SessionError(.conflict, "run \(id) is final already: \(known.state.rawValue)")
    case .backfill(let id):
      return SessionError(.notFound, "there is no backfill b\(id) with runs that are not final")
    case .pipeline(let name):
      guard project.graph.index(of: name) != nil else {
        return SessionError(
          .notFound, "there is no pipeline '\(name)'", help: "'heddle graph' shows what there is")
      }
      return SessionError(.conflict, "pipeline '\(name)' has no run that is not final")
    }
  }

  private func pause(
    _ target: ControlTarget, _ pauses: Bool, _ scheduler: inout Scheduler
  ) throws(SessionError) -> ControlReply {
    let paused: PauseTarget
    switch target {
    case .run:
      throw SessionError(
        .invalid, "a single run cannot be paused", help: "pause its pipeline or its backfill, or cancel it")
    case .backfill(let id):
      paused = .backfill(id)
      guard scheduler.isPaused(paused) || !scheduler.unfinishedRuns(of: paused).isEmpty else {
        throw try nothingLive(target)
      }
    case .pipeline(let name):
      paused = .pipeline(name)
      guard scheduler.isPaused(paused) || project.graph.index(of: name) != nil else {
        throw try nothingLive(target)
      }
    }
    guard scheduler.isPaused(paused) != pauses else {
      return .done("'\(paused)' \(pauses ? "is paused already" : "is not paused")")
    }
    scheduler.handle(pauses ? .pause(paused) : .resume(paused), at: time.now)
    return .done("'\(paused)' \(pauses ? "is paused: what runs goes on, nothing new starts" : "goes on")")
  }

  private func mark(
    _ dataset: DatasetName, _ key: String?, _ mark: DatasetMark, _ scheduler: inout Scheduler
  ) throws(SessionError) -> ControlReply {
    let partition = try DatasetMark.partition(of: dataset, key, in: project)
    let name = "'\(dataset)\(key.map { "@\($0)" } ?? "")'"
    if mark == .missing, !scheduler.ledger.contains(dataset, partition?.key ?? "") {
      throw SessionError(.notFound, "\(name) is not there, so it is missing already")
    }
    scheduler.handle(
      .mark(dataset, partition, isPresent: mark == .present, mark.reason), at: time.now)
    return .done("\(name) is marked \(mark == .present ? "success" : "missing")")
  }

  private func mark(
    _ run: RunID, _ task: String, _ index: Int, _ mark: InstanceMark, _ scheduler: inout Scheduler
  ) throws(SessionError) -> ControlReply {
    let summary: RunSummary?
    do { summary = try reader.run(run) } catch { throw SessionError(error) }
    guard let summary else { throw SessionError(.notFound, "there is no run \(run)") }
    let known = scheduler.isLive(run) ? scheduler.instance(of: run, task: task, index: index) : nil
    guard known != nil || !scheduler.isLive(run) else {
      throw SessionError(.notFound, "'\(summary.pipeline)' has no task '\(task)'")
    }
    guard let instance = known, scheduler.mayMark(instance) else {
      throw SessionError(
        .conflict, "task '\(task)' of run \(run) has begun or is final",
        help: "what is final never changes: mark the partition of its dataset instead, or cancel the run")
    }
    let state: InstanceState =
      switch mark {
      case .success: .success
      case .failed: .failed
      case .skipped: .skipped
      }
    let reason = Reason("marked", "marked \(mark.rawValue) by hand")
    scheduler.handle(.markInstance(instance, state, reason), at: time.now)
    return .done("task '\(task)' of run \(run) is marked \(mark.rawValue)")
  }
}
