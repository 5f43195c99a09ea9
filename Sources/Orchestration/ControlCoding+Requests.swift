import Basics
import MeshModel
import Planning

extension ControlCoding {
  private enum Ask: String {
    case hello, run, backfill, deploy, retry, cancel, pause, resume, mark, accept, approve
    case markInstance = "mark_instance"
    case acknowledge, silence, unsilence
    case createToken = "create_token"
    case revokeToken = "revoke_token"
  }

  /// A request as a line, without its end.
  public static func encode(_ request: ControlRequest) -> [UInt8] {
    line { writer in
      writer.number("heddle", version)
      switch request {
      case .hello: writer.text("ask", Ask.hello.rawValue)
      case .run(let pipeline, let task, let partition, let params):
        writer.text("ask", Ask.run.rawValue)
        writer.text("pipeline", pipeline.description)
        writer.text("task", task)
        writer.text("partition", partition)
        writer.texts("params", params)
      case .backfill(let backfill): write(backfill, to: &writer)
      case .retry(let wish): write(wish, to: &writer)
      case .deploy: writer.text("ask", Ask.deploy.rawValue)
      case .cancel(let target): write(.cancel, target, to: &writer)
      case .pause(let target): write(.pause, target, to: &writer)
      case .resume(let target): write(.resume, target, to: &writer)
      case .mark(let dataset, let partition, let mark):
        writer.text("ask", Ask.mark.rawValue)
        writer.text("dataset", dataset.description)
        writer.text("partition", partition)
        writer.text("as", mark.rawValue)
      case .accept(let wish):
        writer.text("ask", Ask.accept.rawValue)
        writer.text("what", wish.what)
        writer.text("from", wish.range?.from)
        writer.text("to", wish.range?.to)
      case .approve(let run, let task, let index, let isApproved, let note):
        writer.text("ask", Ask.approve.rawValue)
        writer.number("run", run)
        writer.text("task", task)
        writer.number("index", index)
        writer.flag("approved", isApproved)
        writer.text("note", note)
      case .markInstance(let run, let task, let index, let mark):
        writer.text("ask", Ask.markInstance.rawValue)
        writer.number("run", run)
        writer.text("task", task)
        writer.number("index", index)
        writer.text("as", mark.rawValue)
      case .acknowledge(let alerts, let note):
        writer.text("ask", Ask.acknowledge.rawValue)
        writer.key("alerts")
        writer.array { writer in for alert in alerts { writer.integer(alert) } }
        writer.text("note", note)
      case .silence(let selector, let span, let reason):
        writer.text("ask", Ask.silence.rawValue)
        writer.text("selector", selector)
        writer.number("seconds", span.wholeMilliseconds / 1000)
        writer.text("reason", reason)
      case .unsilence(let silence):
        writer.text("ask", Ask.unsilence.rawValue)
        writer.number("silence", silence)
      case .createToken(let token): write(token, to: &writer)
      case .revokeToken(let id):
        writer.text("ask", Ask.revokeToken.rawValue)
        writer.text("id", id)
      }
    }
  }

  private static func write(_ backfill: ControlBackfill, to writer: inout JSONWriter) {
    writer.text("ask", Ask.backfill.rawValue)
    writer.text("selector", backfill.selector)
    writer.text("from", backfill.from)
    writer.text("to", backfill.to)
    writer.text("mode", backfill.mode.rawValue)
    writer.flag("upstream", backfill.upstream)
    writer.flag("downstream", backfill.downstream)
    writer.text("exclude", backfill.exclude)
    writer.flag("external", backfill.external)
    writer.flag("backwards", backfill.backwards)
    writer.number("max_active", backfill.maxActive)
    writer.texts("params", backfill.params)
    writer.text("words", backfill.words)
    writer.text("plan", backfill.plan)
  }

  private static func write(_ wish: RetryWish, to writer: inout JSONWriter) {
    writer.text("ask", Ask.retry.rawValue)
    writer.key("runs")
    writer.array { writer in for run in wish.runs { writer.integer(run) } }
    switch wish.scope {
    case .failed: break
    case .from(let task): writer.text("from", task)
    case .all: writer.flag("all", true)
    }
    writer.text("files", wish.files.rawValue)
  }

  private static func retry(_ members: inout ControlMembers) throws(Failure) -> RetryWish {
    let from = try members.optionalName("from")
    let isAll = try members.flag("all")
    guard from == nil || !isAll else { throw ControlMembers.wrong("all") }
    let scope: RetryWish.Scope = isAll ? .all : from.map { .from(task: $0) } ?? .failed
    return RetryWish(
      runs: Array(Set(try members.numbers("runs"))).sorted(), scope: scope, files: try members.word("files"))
  }

  private static func write(_ ask: Ask, _ target: ControlTarget, to writer: inout JSONWriter) {
    writer.text("ask", ask.rawValue)
    switch target {
    case .run(let run): writer.number("run", run)
    case .backfill(let backfill): writer.number("backfill", backfill)
    case .pipeline(let pipeline): writer.text("pipeline", pipeline.description)
    }
  }

  /// Reads a request from a line without its end. Whatever the bytes are, it returns or throws.
  public static func request(from line: some Collection<UInt8>) throws(Failure) -> ControlRequest {
    var members = try members(line)
    let version = try members.number("heddle", from: 0)
    guard version == Self.version else {
      throw Failure(
        message: "it speaks version \(version) of the protocol, and version \(Self.version) is known")
    }
    let request: ControlRequest
    switch try members.word("ask", Ask.self) {
    case .hello: request = .hello
    case .run:
      request = .run(
        pipeline: try members.pipeline("pipeline"), task: try members.optionalName("task"),
        partition: try members.optionalText("partition"), params: try members.texts("params"))
    case .backfill: request = .backfill(try backfill(&members))
    case .retry: request = .retry(try retry(&members))
    case .deploy: request = .deploy
    case .cancel: request = .cancel(try target(&members))
    case .pause: request = .pause(try target(&members))
    case .resume: request = .resume(try target(&members))
    case .mark:
      guard let dataset = DatasetName(try members.text("dataset")) else {
        throw ControlMembers.wrong("dataset")
      }
      request = .mark(
        dataset: dataset, partition: try members.optionalText("partition"), as: try members.word("as"))
    case .accept:
      var wish = AcceptWish(what: try members.text("what"))
      let range = (try members.optionalText("from"), try members.optionalText("to"))
      if let from = range.0, let to = range.1 { wish.range = .init(from: from, to: to) }
      guard (range.0 == nil) == (range.1 == nil) else { throw ControlMembers.wrong("to") }
      request = .accept(wish)
    case .approve:
      guard let task = try members.optionalName("task") else { throw ControlMembers.wrong("task") }
      request = .approve(
        run: try members.number("run", from: 1), task: task,
        index: Int(clamping: try members.number("index", from: 0)), isApproved: try members.flag("approved"),
        note: try members.optionalText("note"))
    case .markInstance:
      guard let task = try members.optionalName("task") else { throw ControlMembers.wrong("task") }
      request = .markInstance(
        run: try members.number("run", from: 1), task: task,
        index: Int(clamping: try members.number("index", from: 0)), as: try members.word("as"))
    case .acknowledge:
      request = .acknowledge(
        alerts: Array(Set(try members.numbers("alerts"))).sorted(), note: try members.optionalText("note"))
    case .silence:
      request = .silence(
        selector: try members.text("selector"),
        span: .seconds(
          min(try members.number("seconds", from: 1), Owner.longestSilence.wholeMilliseconds / 1000)),
        reason: try members.optionalText("reason"))
    case .unsilence: request = .unsilence(try members.number("silence", from: 1))
    case .createToken: request = .createToken(try token(&members))
    case .revokeToken: request = .revokeToken(try members.text("id"))
    }
    try members.checkEmpty()
    return request
  }

  private static func backfill(_ members: inout ControlMembers) throws(Failure) -> ControlBackfill {
    var backfill = ControlBackfill(
      selector: try members.text("selector"), mode: try members.word("mode"),
      words: try members.text("words"),
      plan: try members.text("plan"))
    backfill.from = try members.optionalText("from")
    backfill.to = try members.optionalText("to")
    guard (backfill.from == nil) == (backfill.to == nil) else { throw ControlMembers.wrong("to") }
    backfill.upstream = try members.flag("upstream")
    backfill.downstream = try members.flag("downstream")
    backfill.exclude = try members.optionalText("exclude")
    backfill.external = try members.flag("external")
    backfill.backwards = try members.flag("backwards")
    backfill.maxActive = try members.optionalNumber("max_active", from: 1).map { Int(clamping: $0) }
    backfill.params = try members.texts("params")
    return backfill
  }

  private static func write(_ token: TokenRecord, to writer: inout JSONWriter) {
    writer.text("ask", Ask.createToken.rawValue)
    writer.text("id", token.id)
    writer.text("name", token.name)
    writer.text("digest", token.digest)
    writer.text("role", token.role.rawValue)
    writer.text("domains", token.domains?.joined(separator: " "))
    writer.number("created_at", token.createdAt.milliseconds)
    writer.number("expires_at", token.expiresAt?.milliseconds)
  }

  private static func token(_ members: inout ControlMembers) throws(Failure) -> TokenRecord {
    let id = try members.text("id")
    guard TokenText.isID(id) else { throw ControlMembers.wrong("id") }
    let domains = try members.optionalText("domains")?.split(separator: " ").map(String.init)
    guard domains?.allSatisfy({ Name.isValid($0) }) ?? true else { throw ControlMembers.wrong("domains") }
    return TokenRecord(
      id: id, name: try members.text("name"), digest: try members.text("digest"),
      role: try members.word("role"), domains: domains,
      createdAt: Instant(milliseconds: try members.number("created_at", from: 0)),
      expiresAt: try members.optionalNumber("expires_at", from: 0).map(Instant.init(milliseconds:)))
  }

  private static func target(_ members: inout ControlMembers) throws(Failure) -> ControlTarget {
    let run = try members.optionalNumber("run", from: 1)
    let backfill = try members.optionalNumber("backfill", from: 1)
    let pipeline = try members.optionalPipeline("pipeline")
    switch (run, backfill, pipeline) {
    case (let run?, nil, nil): return .run(run)
    case (nil, let backfill?, nil): return .backfill(backfill)
    case (nil, nil, let pipeline?): return .pipeline(pipeline)
    default: throw Failure(message: "it must name one of a run, a backfill and a pipeline")
    }
  }
}

extension ControlMembers {
  mutating func optionalPipeline(_ name: String) throws(ControlCoding.Failure) -> PipelineName? {
    guard let text = try optionalText(name) else { return nil }
    guard let pipeline = PipelineName(text) else { throw Self.wrong(name) }
    return pipeline
  }

  mutating func pipeline(_ name: String) throws(ControlCoding.Failure) -> PipelineName {
    guard let pipeline = try optionalPipeline(name) else { throw Self.wrong(name) }
    return pipeline
  }

  /// A name as engineers give them.
  mutating func optionalName(_ name: String) throws(ControlCoding.Failure) -> String? {
    guard let text = try optionalText(name) else { return nil }
    guard Name.isValid(text) else { throw Self.wrong(name) }
    return text
  }
}
