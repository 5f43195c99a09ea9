import Basics
import HTTPServer
import MeshModel
import Orchestration
import Planning
import Records

/// What operators do. Each is asked of the loop over the way that commands take, so the same is refused.
enum ChangeRoutes {
  private static let pipeline = "/api/v1/pipelines/{domain}/{pipeline}/"
  private static let run = "/api/v1/runs/{run}/"
  private static let backfill = "/api/v1/backfills/{backfill}/"

  static let all: [Route] = [
    .post(
      pipeline + "trigger", .role(.operator), "Runs a pipeline, or one of its tasks",
      body: [
        .init(name: "task", kind: .string), .init(name: "partition", kind: .string),
        .init(name: "params", kind: .object),
      ]
    ) { visit in
      .ask(
        .run(
          pipeline: try visit.pipelineName(), task: visit.body["task"]?.string,
          partition: visit.body["partition"]?.string, params: try visit.params()), then: Done.response)
    },
    .post(pipeline + "pause", .role(.operator), "Starts nothing new of a pipeline") { visit in
      .ask(.pause(.pipeline(try visit.pipelineName())), then: Done.response)
    },
    .post(pipeline + "resume", .role(.operator), "Lets a paused pipeline go on") { visit in
      .ask(.resume(.pipeline(try visit.pipelineName())), then: Done.response)
    },
    .post(pipeline + "cancel", .role(.operator), "Ends the live runs of a pipeline") { visit in
      .ask(.cancel(.pipeline(try visit.pipelineName())), then: Done.response)
    },
    .post(
      run + "retry", .role(.operator), "Does a final run again, or parts of it, in a new run",
      body: [
        .init(name: "scope", kind: .string, words: ["failed", "all", "from"]),
        .init(name: "task", kind: .string),
        .init(name: "files", kind: .string, words: RetryWish.Files.allCases.map(\.rawValue)),
      ]
    ) { visit in
      .ask(.retry(try visit.retryWish()), then: Done.response)
    },
    .post(run + "cancel", .role(.operator), "Ends a run") { visit in
      .ask(.cancel(.run(try visit.run().id)), then: Done.response)
    },
    .post(
      run + "tasks/{task}/{index}/mark", .role(.operator), "Says how a task that has not begun ends",
      body: [
        .init(name: "as", kind: .string, isRequired: true, words: InstanceMark.allCases.map(\.rawValue))
      ]
    ) { visit in
      .ask(
        .markInstance(
          run: try visit.number(.run), task: try visit.value(.task),
          index: Int(clamping: try visit.number(.index)), as: try visit.word("as")), then: Done.response)
    },
    .post(
      run + "tasks/{task}/{index}/approve", .role(.operator), "Decides about a task that waits for a person",
      body: [.init(name: "reject", kind: .boolean), .init(name: "note", kind: .string, form: .remark)]
    ) { visit in
      .ask(
        .approve(
          run: try visit.number(.run), task: try visit.value(.task),
          index: Int(clamping: try visit.number(.index)), isApproved: visit.body["reject"] != .boolean(true),
          note: visit.body["note"]?.string), then: Done.response)
    },
    .post(
      "/api/v1/datasets/{dataset}/accept", .role(.operator), "Declares stale partitions good as they are",
      body: [
        .init(name: "partition", kind: .string), .init(name: "from", kind: .string),
        .init(name: "to", kind: .string),
      ]
    ) { visit in
      .ask(.accept(try visit.acceptWish()), then: Done.response)
    },
    .post(
      "/api/v1/datasets/{dataset}/mark", .role(.operator), "Says that a partition is good, or missing",
      body: [
        .init(name: "partition", kind: .string),
        .init(name: "as", kind: .string, isRequired: true, words: ["success", "missing"]),
      ]
    ) { visit in
      let mark: DatasetMark
      switch visit.body["as"]?.string {
      case "success": mark = .present
      case "missing": mark = .missing
      default: throw Problem.badRequest("'as' is one of success, missing")
      }
      return .ask(
        .mark(dataset: try visit.dataset(), partition: visit.body["partition"]?.string, as: mark),
        then: Done.response)
    },
    .post("/api/v1/releases", .role(.admin), "Takes a release of the project's files") { visit in
      guard visit.caller.domains == nil else {
        throw Problem(.forbidden, "denied", "this needs the role admin in all domains")
      }
      // All files are read, checked and copied first.
      return .ask(.deploy, within: .seconds(600), then: Done.response)
    },
    .post(backfill + "pause", .role(.operator), "Starts nothing new of a backfill") { visit in
      .ask(.pause(.backfill(try visit.ownBackfill())), then: Done.response)
    },
    .post(backfill + "resume", .role(.operator), "Lets a paused backfill go on") { visit in
      .ask(.resume(.backfill(try visit.ownBackfill())), then: Done.response)
    },
    .post(backfill + "cancel", .role(.operator), "Ends the live runs of a backfill") { visit in
      let id = try visit.ownBackfill()
      let counts = try visit.liveTasks(of: id)
      return .ask(.cancel(.backfill(id))) { reply in
        Done.response(reply) { writer in
          writer.member("cancelled") { writer in
            for state in [InstanceState.waiting, .queued, .running] {
              writer.number(state.rawValue, counts[state] ?? 0)
            }
          }
        }
      }
    },
  ]
}

/// What a change comes to, as JSON.
enum Done {
  static func response(_ reply: ControlReply) -> HTTPResponse { response(reply) { _ in } }

  static func response(_ reply: ControlReply, extra: (inout JSONWriter) -> Void) -> HTTPResponse {
    let message: String
    var (made, backfill): ([RunID], BackfillID?) = ([], nil)
    switch reply {
    case .refused(let kind, let message, let help):
      if kind == .conflict, message.hasPrefix("the plan is stale") {
        return Problem(.conflict, "plan_stale", message, help: "plan again").response
      }
      return Problem(kind: kind, message, help: help).response
    case .accepted(let runs, let id):
      (made, backfill) = (runs, id)
      message =
        id.map { "backfill b\($0) is made" }
        ?? (runs.isEmpty
          ? "nothing is to be done" : "made: run " + runs.map { String($0) }.joined(separator: ", "))
    case .released(let release, let isNew):
      message = isNew ? "release \(release) is taken" : "release \(release) stands: nothing has changed"
    case .done(let text): message = text
    case .hello: message = "it is there"
    }
    let bytes = JSONWriter.document("done") { writer in
      writer.text("message", message)
      writer.list("runs", made) { $0.integer($1) }
      writer.text("backfill", backfill.map { "b\($0)" })
      extra(&writer)
    }
    return HTTPResponse(json: bytes, .accepted)
  }
}

extension Visit {
  /// A member of the body that is one of a few words.
  func word<Word: RawRepresentable<String> & CaseIterable>(_ name: String) throws -> Word {
    guard let word = body[name]?.string.flatMap(Word.init(rawValue:)) else {
      let all = Word.allCases.map(\.rawValue).joined(separator: ", ")
      throw Problem.badRequest("'\(name)' is one of \(all)")
    }
    return word
  }

  /// The member `params`, as people type values.
  func params() throws -> [String: String] {
    guard case .object(let members) = body["params"] ?? .object([]) else { return [:] }
    var params: [String: String] = [:]
    for member in members {
      switch member.value {
      case .string(let text): params[member.key] = text
      case .integer(let number): params[member.key] = String(number)
      case .number(let number): params[member.key] = String(number)
      case .boolean(let value): params[member.key] = value ? "true" : "false"
      default: throw Problem.badRequest("the param '\(member.key)' is no text, number, true or false")
      }
    }
    return params
  }

  fileprivate func retryWish() throws -> RetryWish {
    let scope: RetryWish.Scope
    switch (body["scope"]?.string ?? "failed", body["task"]?.string) {
    case ("failed", nil): scope = .failed
    case ("all", nil): scope = .all
    case ("from", let task?): scope = .from(task: task)
    default: throw Problem(kind: .invalid, "'scope' is failed, all, or from with a 'task'", help: nil)
    }
    let files: RetryWish.Files = try body["files"]?.string == nil ? .latest : word("files")
    return RetryWish(runs: [try run().id], scope: scope, files: files)
  }

  fileprivate func acceptWish() throws -> AcceptWish {
    let name = try dataset().description
    switch (body["partition"]?.string, body["from"]?.string, body["to"]?.string) {
    case (nil, nil, nil): return AcceptWish(what: name)
    case (let key?, nil, nil): return AcceptWish(what: "\(name)@\(key)")
    case (nil, let from?, let to?): return AcceptWish(what: name, range: .init(from: from, to: to))
    default: throw Problem(kind: .invalid, "give a 'partition', or 'from' and 'to', or none", help: nil)
    }
  }

  /// The backfill of the path, all of whose runs are the caller's to change.
  fileprivate func ownBackfill() throws -> BackfillID {
    let id = try backfill()
    guard let domains = caller.domains else { return id }
    var before: RunID?
    repeat {
      let page = try world.reader.runs(RunFilter(backfill: id, before: before, limit: 500))
      for run in page.runs where !domains.contains(run.pipeline.domain) {
        try require(.operator, in: run.pipeline.domain)
      }
      before = page.next
    } while before != nil
    return id
  }

  /// How many task instances of a backfill's live runs are in each state.
  fileprivate func liveTasks(of backfill: BackfillID) throws -> [InstanceState: Int] {
    try read { reader in
      var counts: [InstanceState: Int] = [:]
      let live = RunFilter(states: [.queued, .running], backfill: backfill, limit: 10_000)
      for run in try reader.runs(live).runs {
        let own = try reader.tallies(of: run.id)
        counts.merge(own, uniquingKeysWith: +)
        let tasks = try run.tasks?.count ?? reader.tasks(of: run.pipeline, release: run.release).count
        counts[.waiting, default: 0] += max(0, tasks - own.values.reduce(0, +))
      }
      return counts
    }
  }
}
