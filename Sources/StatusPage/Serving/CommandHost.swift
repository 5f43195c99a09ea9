import Basics
import HTTPServer
import MeshModel
import Orchestration
import Records

/// Who carries out commands for people on other machines, as they would be carried out here.
public protocol CommandHost: Sendable {
  /// Takes a command; called on a thread of the page, so it must not wait.
  ///
  /// - Parameter answer: to be called exactly once, on any thread.
  func take(_ wish: CommandWish, answer: @escaping @Sendable (CommandOutcome) -> Void)

  /// Takes a command that goes on for as long as what it follows; what it says is told as it says it.
  ///
  /// - Returns: false: too many are followed.
  func follow(_ wish: CommandWish, _ stream: EventStream) -> Bool
}

/// A command that somebody on another machine wants carried out.
public struct CommandWish: Sendable {
  /// The words after `heddle`.
  public var words: [String]
  /// The width of their terminal; nil: their output is none.
  public var columns: Int?
  /// Their output may be coloured.
  public var allowsColour: Bool
  let caller: Caller

  /// The id of the token that they showed.
  public var token: String { caller.token ?? "" }

  /// Who asks, for the audit log.
  public var asker: Asker { Asker(name: caller.name ?? "nobody", origin: caller.address) }

  /// They may see all domains: what commands show of others cannot be told apart.
  public var seesAllDomains: Bool { caller.role != nil && caller.domains == nil }

  /// Their role holds in all of these domains, of which there is at least one.
  public func holds(in domains: Set<String>) -> Bool {
    caller.role != nil && (caller.domains.map { !domains.isEmpty && domains.isSubset(of: $0) } ?? true)
  }

  /// They may change something, if only in some domains.
  public var mayChange: Bool { caller.may(.operator) }

  /// They may see who changed what, and who may.
  public var mayAdminister: Bool { seesAllDomains && caller.may(.admin) }

  /// Their token is as good as it was when they asked.
  public func isStillGood(_ reader: StateReader, at now: Instant) throws(RecordsError) -> Bool {
    guard let id = caller.token else { return true }
    return try reader.token(id)?.isValid(at: now) == true
  }

  /// Why they may not ask something of the owner of the state; nil: they may.
  ///
  /// - Parameter domains: what it changes something of; nil: what the request itself tells.
  public func refusal(
    of request: ControlRequest, domains: Set<String>?, _ reader: StateReader?
  ) throws(RecordsError) -> String? {
    let needed: Role
    switch request {
    case .hello: needed = .viewer
    case .deploy, .createToken, .revokeToken: needed = .admin
    default: needed = .operator
    }
    guard caller.may(needed) else { return "this needs the role \(needed.rawValue)" }
    guard let own = caller.domains, request != .hello else { return nil }
    guard let domains = domains == nil ? try request.domains(reader) : domains else {
      return "this needs the role \(needed.rawValue) in all domains"
    }
    return domains.sorted().first { !own.contains($0) }.map {
      "this needs the role \(needed.rawValue) in domain '\($0)'"
    }
  }
}

/// What is told of a command as it goes on.
public enum CommandWord: Sendable {
  /// What it says, on its output and its error output.
  case out(String), err(String)
  /// What it follows from now on, and whose it is.
  case follows(runs: [RunID], backfill: BackfillID?, owner: String)
  /// Nothing, for some time.
  case beat
  /// How it ended, the last word.
  case exit(Int32)

  /// As server-sent events have it, the text as a JSON string.
  public var frame: [UInt8] {
    var writer = JSONWriter()
    let name: String
    switch self {
    case .out(let text), .err(let text):
      if case .out = self { name = "out" } else { name = "err" }
      writer.string(text)
    case .follows(let runs, let backfill, let owner):
      name = "follows"
      writer.object { writer in
        writer.list("runs", runs) { $0.integer($1) }
        writer.number("backfill", backfill)
        writer.text("owner", owner)
      }
    case .beat:
      name = "beat"
      writer.null()
    case .exit(let code):
      name = "exit"
      writer.integer(code)
    }
    return EventStream.frame(name, writer.bytes)
  }
}

/// What came of a command.
public enum CommandOutcome: Sendable {
  /// Too many wait.
  case busy
  case done(exit: Int32, out: [UInt8], err: [UInt8])
}

extension ControlRequest {
  /// The domains that a request changes something of; nil: that is not known beforehand, or it is about all.
  fileprivate func domains(_ reader: StateReader?) throws(RecordsError) -> Set<String>? {
    switch self {
    case .run(let pipeline, _, _, _): return [pipeline.domain]
    case .cancel(let target), .pause(let target), .resume(let target):
      switch target {
      case .pipeline(let name): return [name.domain]
      case .run(let run): return try Self.domains(of: [run], reader)
      case .backfill(let id):
        let domains = try reader?.domains(of: id) ?? []
        return domains.isEmpty ? nil : domains
      }
    case .retry(let wish): return try Self.domains(of: wish.runs, reader)
    case .mark(let dataset, _, _): return [dataset.domain]
    case .accept(let wish):
      return wish.what.split(separator: "@").first.flatMap { DatasetName($0) }.map { [$0.domain] }
    case .markInstance(let run, _, _, _): return try Self.domains(of: [run], reader)
    case .approve(let run, _, _, _, _): return try Self.domains(of: [run], reader)
    default: return nil
    }
  }

  /// Those of runs; nil where one of them is not there: it may be by the time the owner hears of it.
  private static func domains(of runs: [RunID], _ reader: StateReader?) throws(RecordsError) -> Set<String>? {
    var domains: Set<String> = []
    for run in runs {
      guard let found = try reader?.run(run) else { return nil }
      domains.insert(found.pipeline.domain)
    }
    return domains
  }
}
