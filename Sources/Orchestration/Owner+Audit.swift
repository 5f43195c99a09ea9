import Basics
import Glibc
import Lineage
import MeshModel
import Planning
import Records

/// Who asked for what, for the audit log: committed together with what follows from it.
extension Owner {
  /// Looks at what a request is about before it is done, and answers what to write down once it is.
  func witness(
    _ request: ControlRequest, _ asker: Asker, _ scheduler: Scheduler
  ) throws(SessionError) -> (ControlReply) -> [Change] {
    guard let deed = request.deed else { return { _ in [] } }
    let subject = try subject(of: request) ?? deed.subject
    var revoked: TokenRecord?
    if case .revokeToken(let id) = request { revoked = try known(id) }
    let before = try standing(of: request, scheduler)
    let now = time.wallNow
    return { reply in
      var facts: [Change] = []
      switch request {
      case .createToken(var token):
        token.createdAt = now
        facts.append(.tokenSet(token, at: now))
      case .revokeToken:
        if var token = revoked {
          token.revokedAt = now
          facts.append(.tokenSet(token, at: now))
        }
      default: break
      }
      let line = AuditRecord(
        at: now, asker: asker, action: deed.action, subject: subject, before: before,
        after: request.outcome(reply))
      return facts + [.audited(line)]
    }
  }

  /// What people call what a request is about, where only the record tells; nil: the request's own words do.
  private func subject(of request: ControlRequest) throws(SessionError) -> String? {
    switch request {
    case .markInstance(let run, let task, let index, _), .approve(let run, let task, let index, _, _):
      let detail: RunDetail?
      do { detail = try reader.runDetail(run) } catch { throw SessionError(error) }
      guard let detail else { return nil }
      let instance = detail.instances.first { $0.task == task && $0.id.index == index }
      let key = detail.run.partition.map { "@\($0.key)" } ?? ""
      return "\(detail.run.pipeline).\(instance?.name ?? task)\(key) (run \(run))"
    case .revokeToken(let id): return try known(id).map { "\($0.name) (\(id))" }
    default: return nil
    }
  }

  /// What holds now of what a request would change; nil: there is nothing to tell.
  private func standing(
    of request: ControlRequest, _ scheduler: Scheduler
  ) throws(SessionError) -> String? {
    switch request {
    case .run(let pipeline, _, _, _):
      return JSONWriter.fact("unfinished_runs", scheduler.unfinishedRuns(of: .pipeline(pipeline)).count)
    case .retry(let wish): return JSONWriter.fact("runs", try states(of: wish.runs))
    case .backfill: return JSONWriter.fact("live_backfills", scheduler.liveBackfills)
    case .pause(let target), .resume(let target):
      return target.pauseTarget.map { JSONWriter.fact("paused", scheduler.isPaused($0)) }
    case .cancel(.run(let run)): return JSONWriter.fact("live_runs", scheduler.isLive(run) ? [run] : [])
    case .cancel(let target):
      return target.pauseTarget.map { JSONWriter.fact("live_runs", scheduler.unfinishedRuns(of: $0)) }
    case .mark(let dataset, let key, _):
      return JSONWriter.fact("there", scheduler.ledger.contains(dataset, key ?? ""))
    case .markInstance: return JSONWriter.fact("final", false)
    case .approve: return JSONWriter.fact("decided", false)
    case .accept(let wish):
      return JSONWriter.fact("stale", try stale(wish, Staleness(project, reader: reader)).count)
    case .acknowledge(let alerts, _):
      let fresh = alerts.count { !scheduler.standing(of: $0).isAcknowledged }
      return JSONWriter.fact("unacknowledged", fresh)
    case .unsilence(let silence): return JSONWriter.fact("silenced", scheduler.lasts(silence))
    case .revokeToken: return JSONWriter.fact("revoked", false)
    default: return nil
    }
  }

  /// How many of some runs are in each state.
  private func states(of runs: [RunID]) throws(SessionError) -> [String: Int] {
    var counts: [String: Int] = [:]
    for run in runs {
      let found: RunSummary?
      do { found = try reader.run(run) } catch { throw SessionError(error) }
      if let found { counts[found.state.rawValue, default: 0] += 1 }
    }
    return counts
  }

  /// The user whose process this is.
  static var ownAsker: Asker { Asker(name: Asker.userName(geteuid()), origin: "command") }

  /// Checks what is asked of tokens.
  func token(_ request: ControlRequest) throws(SessionError) -> ControlReply {
    switch request {
    case .createToken(let token):
      guard try known(token.id) == nil else {
        throw SessionError(.conflict, "there is a token '\(token.id)' already", help: "try again")
      }
      return .done("token '\(token.id)' is made")
    case .revokeToken(let id):
      guard let token = try known(id) else {
        throw SessionError(.notFound, "there is no token '\(id)'", help: "see them: heddle token list")
      }
      guard token.revokedAt == nil else {
        throw SessionError(.conflict, "token '\(id)' is revoked already")
      }
      return .done("token '\(id)' is revoked, and opens nothing any more")
    default: throw SessionError(.invalid, "nothing is asked of tokens")
    }
  }

  private func known(_ id: String) throws(SessionError) -> TokenRecord? {
    do { return try reader.token(id) } catch { throw SessionError(error) }
  }
}

extension Asker {
  /// What the machine calls a user.
  static func userName(_ user: uid_t) -> String {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 4096)
    guard getpwuid_r(user, &entry, &buffer, buffer.count, &found) == 0, found != nil,
      let name = entry.pw_name
    else { return "user \(user)" }
    return String(cString: name)
  }
}

extension ControlTarget {
  fileprivate var pauseTarget: PauseTarget? {
    switch self {
    case .run: nil
    case .backfill(let id): .backfill(id)
    case .pipeline(let name): .pipeline(name)
    }
  }

  fileprivate var word: String {
    if case .run(let run) = self { String(run) } else { pauseTarget?.description ?? "" }
  }
}

extension ControlRequest {
  /// What it does to what, as the audit log calls it; nil: it changes nothing.
  var deed: (action: String, subject: String)? {
    switch self {
    case .hello: nil
    case .run(let pipeline, let task, let partition, _):
      ("run", "\(pipeline)\(task.map { ".\($0)" } ?? "")\(partition.map { "@\($0)" } ?? "")")
    case .backfill(let asked): ("backfill", asked.words)
    case .retry(let wish): ("retry", wish.runs.map { String($0) }.joined(separator: " "))
    // Written down with the release itself.
    case .deploy: nil
    case .cancel(let target): ("cancel", target.word)
    case .pause(let target): ("pause", target.word)
    case .resume(let target): ("resume", target.word)
    case .mark(let dataset, let key, _): ("mark", "\(dataset)\(key.map { "@\($0)" } ?? "")")
    case .markInstance(let run, let task, let index, _): ("mark", "\(run)/\(task)[\(index)]")
    case .accept(let wish): ("accept", wish.what + (wish.range.map { " \($0.from)..\($0.to)" } ?? ""))
    case .approve(let run, let task, let index, let isApproved, _):
      (isApproved ? "approve" : "reject", "\(run)/\(task)[\(index)]")
    case .acknowledge(let alerts, _): ("alerts_ack", alerts.map { String($0) }.joined(separator: " "))
    case .silence(let selector, let span, _): ("alerts_silence", "\(selector) for \(span.declaredText)")
    case .unsilence(let silence): ("alerts_unsilence", String(silence))
    case .createToken(let token): ("token_create", "\(token.name) (\(token.id))")
    case .revokeToken(let id): ("token_revoke", id)
    }
  }

  /// What holds once it is done.
  fileprivate func outcome(_ reply: ControlReply) -> String? {
    switch (self, reply) {
    case (.pause, _): JSONWriter.fact("paused", true)
    case (.resume, _): JSONWriter.fact("paused", false)
    case (.mark(_, _, let mark), _): JSONWriter.fact("there", mark == .present)
    case (.markInstance(_, _, _, let mark), _): JSONWriter.fact("state", mark.rawValue)
    case (.createToken(let token), _):
      JSONWriter.fact("token", "\(token.name): \(token.role.rawValue) of \(token.scopeText)")
    case (.revokeToken, _): JSONWriter.fact("revoked", true)
    case (_, .accepted(let runs, nil)): JSONWriter.fact("runs", runs)
    case (_, .accepted(_, let backfill?)): JSONWriter.fact("backfill", "b\(backfill)")
    case (_, .done(let text)): JSONWriter.fact("done", text)
    default: nil
    }
  }
}

extension TokenRecord {
  /// `all domains`, or their names.
  public var scopeText: String { domains.map { $0.joined(separator: ", ") } ?? "all domains" }
}

extension JSONWriter {
  fileprivate static func fact(_ name: String, _ write: (inout JSONWriter) -> Void) -> String {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key(name)
      write(&writer)
    }
    return writer.text
  }

  fileprivate static func fact(_ name: String, _ value: Bool) -> String { fact(name) { $0.boolean(value) } }
  fileprivate static func fact(_ name: String, _ value: String) -> String { fact(name) { $0.string(value) } }

  fileprivate static func fact(_ name: String, _ count: Int) -> String { fact(name) { $0.integer(count) } }

  fileprivate static func fact(_ name: String, _ counts: [String: Int]) -> String {
    fact(name) { writer in
      writer.object { writer in
        for (state, count) in counts.sorted(by: { $0.key < $1.key }) {
          writer.key(state)
          writer.integer(count)
        }
      }
    }
  }

  fileprivate static func fact(_ name: String, _ runs: [Int64]) -> String {
    fact(name) { $0.array { writer in for run in runs { writer.integer(run) } } }
  }
}
