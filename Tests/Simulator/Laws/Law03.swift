import Records
import MeshModel

/// What is final never changes, and everything else only as the table of legal transitions says.
final class Law03: Law {
  let number = 3
  private(set) var hits: [String: Int] = [:]

  func see(_ change: Change, _ chronicle: Chronicle, _ court: Court) {
    if let run = change.run, chronicle.runs[run] == nil {
      if case .runCreated = change {
        expect(chronicle.finalRuns[run] == nil, court, "run \(run) is made again")
      } else {
        expect(false, court, "\(change.kind.rawValue) of run \(run), which is not live")
      }
    }
    switch change {
    case .runCreated: pass("run none -> queued")
    case .runStarted(let id, _): move(chronicle.runs[id]?.state, .running, "run \(id)", court)
    case .runFinished(let id, let state, _, _): move(chronicle.runs[id]?.state, state, "run \(id)", court)
    case .instanceQueued(let id, _, _): move(id, .queued, chronicle, court)
    case .instanceFinished(let id, let state, _, _): move(id, state, chronicle, court)
    case .attemptStarted(let id, _, _, _):
      // Where no slot was missing it passed through `queued` in the same moment.
      if chronicle.state(id.instance) == .queued {
        move(id.instance, .running, chronicle, court)
      } else {
        move(id.instance, .queued, chronicle, court)
        pass("instance queued -> running")
      }
      pass("attempt none -> starting")
    case .attemptDeferred(let id, _, _, _):
      // What is tried again passed through `queued` in the same moment.
      if chronicle.state(id.instance) == .retrying {
        move(id.instance, .queued, chronicle, court)
        pass("instance queued -> deferred")
      } else {
        move(id.instance, .deferred, chronicle, court)
      }
      pass("attempt none -> running")
    case .attemptAnswered(let id, _, _):
      expect(chronicle.waiting[id] != nil, court, "\(id) is told something, and does not wait")
    case .attemptRunning(let id, _, _): move(id, .running, chronicle, court)
    case .attemptStopping(let id, _, _): move(id, .stopping, chronicle, court)
    case .attemptEnded(let id, let outcome, let state, _, _):
      move(id, outcome.state, chronicle, court)
      move(id.instance, state, chronicle, court)
    case .backfillCreated: pass("backfill none -> running")
    case .backfillFinished(let id, let state, _):
      let from = chronicle.backfills[id]?.state.rawValue ?? "none"
      check("backfill", from, state.rawValue, Transitions.backfills, "backfill \(id)", court)
    default: return
    }
  }

  private func move(_ from: RunState?, _ to: RunState, _ what: String, _ court: Court) {
    check("run", from?.rawValue ?? "none", to.rawValue, Transitions.runs, what, court)
  }

  private func move(_ id: InstanceID, _ to: InstanceState, _ chronicle: Chronicle, _ court: Court) {
    check(
      "instance", chronicle.state(id).rawValue, to.rawValue, Transitions.instances, "\(id)", court)
  }

  private func move(_ id: AttemptID, _ to: AttemptState, _ chronicle: Chronicle, _ court: Court) {
    let isWaiting = chronicle.waiting[id] != nil
    let from = isWaiting ? "running" : chronicle.live[id]?.state.rawValue ?? "none"
    check("attempt", from, to.rawValue, Transitions.attempts, "\(id)", court)
  }

  private func check(
    _ kind: String, _ from: String, _ to: String, _ legal: Set<String>, _ what: @autoclosure () -> String,
    _ court: Court
  ) {
    let move = "\(from) -> \(to)"
    expect(legal.contains(move), court, "\(what()) went \(move)")
    pass("\(kind) \(move)")
  }

  private func pass(_ transition: String) { hits[transition, default: 0] += 1 }
}
