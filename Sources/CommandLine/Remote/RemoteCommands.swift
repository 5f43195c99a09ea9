import Basics
import Glibc
import HTTPServer
import MeshModel
import Orchestration
import Planning
import Records
import StatusPage
import Threads

/// Carries out commands for people on other machines, by the same code that carries out those of this one, on
/// threads of its own.
final class RemoteCommands: CommandHost {
  private struct Job: Sendable {
    var wish: CommandWish
    var answer: @Sendable (CommandOutcome) -> Void
  }

  /// More may not wait.
  private static let mostWaiting = 32
  /// More may not be followed at once, in all and by one token; each has a thread.
  private static let mostFollowed = 32
  private static let mostOfOne = 8
  /// What a command may say.
  static let longestOutput = 16 << 20

  private let pool: WorkerPool<Job>
  private let waiting: Guarded<Int>
  /// How many are followed, by the token that asked.
  private let followed = Guarded([String: Int]())
  private let project: Project
  private let desk: any ControlDesk
  private let clock: any Clock

  /// - Parameter desk: the loop that owns the state.
  init(_ project: Project, desk: any ControlDesk, clock: any Clock) throws(ThreadError) {
    (self.project, self.desk, self.clock) = (project, desk, clock)
    let waiting = Guarded(0)
    self.waiting = waiting
    pool = try WorkerPool(name: "command", workers: 2, stepsBack: true) { _ in
      { job in
        waiting.withLock { $0 -= 1 }
        job.answer(Self.outcome(of: RemoteCaller(wish: job.wish, project: project, desk: desk, clock: clock)))
      }
    }
  }

  func take(_ wish: CommandWish, answer: @escaping @Sendable (CommandOutcome) -> Void) {
    let isRoom = waiting.withLock { waiting in
      guard waiting < Self.mostWaiting else { return false }
      waiting += 1
      return true
    }
    guard isRoom, pool.submit(Job(wish: wish, answer: answer)) else { return answer(.busy) }
  }

  func follow(_ wish: CommandWish, _ stream: EventStream) -> Bool {
    let token = wish.token
    let isRoom = followed.withLock { followed in
      guard followed.values.reduce(0, +) < Self.mostFollowed, followed[token, default: 0] < Self.mostOfOne
      else { return false }
      followed[token, default: 0] += 1
      return true
    }
    guard isRoom else { return false }
    let (project, desk, clock, followed) = (project, desk, clock, followed)
    do {
      _ = try WorkerThread(name: "follower", stepsBack: true) {
        var caller = RemoteCaller(wish: wish, project: project, desk: desk, clock: clock)
        let listener = RemoteListener(stream, caller)
        caller.listener = listener
        listener.tell(.exit(Self.carryOut(caller, out: listener.output(.out), err: listener.output(.err))))
        stream.end()
        Self.leave(followed, token)
      }
    } catch {
      Self.leave(followed, token)
      return false
    }
    return true
  }

  private static func leave(_ followed: Guarded<[String: Int]>, _ token: String) {
    followed.withLock { followed in
      let left = followed[token, default: 1] - 1
      followed[token] = left > 0 ? left : nil
    }
  }

  private static func outcome(of caller: RemoteCaller) -> CommandOutcome {
    let (out, err) = (Captured(), Captured())
    let exit = carryOut(caller, out: out.output(columns: caller.wish.columns), err: err.output(columns: nil))
    return .done(exit: exit, out: out.bytes, err: err.bytes)
  }

  private static func carryOut(_ caller: RemoteCaller, out: Output, err: Output) -> Int32 {
    var context = Context(
      out: out, err: err, input: Input(isTerminal: false) { (_) throws(Input.InputError) in [] },
      environment: caller.wish.allowsColour ? [:] : ["NO_COLOR": "1"],
      directory: caller.project.root, clock: caller.clock, interrupts: Uninterrupted())
    context.caller = caller
    return Program.run(caller.wish.words, in: context).rawValue
  }

  /// What a command said.
  private final class Captured {
    private(set) var bytes: [UInt8] = []

    func output(columns: Int?) -> Output {
      Output(measure: { columns.map(Output.Terminal.init) }) { more in
        guard self.bytes.count + more.count <= RemoteCommands.longestOutput else { return EFBIG }
        self.bytes += more
        return 0
      }
    }
  }

  private struct Uninterrupted: InterruptSource {
    func watch(_ told: @escaping @Sendable (Int) -> Void) {}
  }
}

/// Somebody on another machine for whom a command is carried out.
struct RemoteCaller {
  let wish: CommandWish
  let project: Project
  let desk: any ControlDesk
  let clock: any Clock
  /// Who is told what a command says as it says it; nil: they are told at its end.
  var listener: RemoteListener?

  var seesAllDomains: Bool { wish.seesAllDomains }
  var mayChange: Bool { wish.mayChange }

  /// Refuses commands that are not for others, and those that would show what is not theirs to see.
  func check(_ arguments: Arguments) throws(CommandFailure) {
    if let complaint = RemoteRules.complaint(about: arguments) { throw complaint }
    guard RemoteRules.follows(arguments) == (listener != nil) else {
      throw .usage(
        listener == nil
          ? "what goes on for long is not answered at once" : "what is soon over is answered at once",
        help: "ask at /api/v1/commands\(listener == nil ? "/follow" : "")")
    }
    guard arguments.settings.server == nil, arguments.settings.tokenFile == nil else {
      throw .usage("a command is carried out at one server, and not handed on")
    }
    if RemoteRules.administering.contains(arguments.command.name), !wish.mayAdminister {
      throw CommandFailure(.denied, "this needs the role admin in all domains")
    }
    guard !seesAllDomains, arguments.command.name != "version" else { return }
    guard RemoteRules.ofOneThing.contains(arguments.command.name) else {
      throw CommandFailure(
        .denied, "'heddle \(arguments.command.name)' is about all domains, and the token is limited to some",
        help: "look at the page, or use a token of all domains")
    }
    // Nothing is looked up of what is others', not even whether it is there.
    let domains: Set<String>
    do { domains = try self.domains(of: arguments.operand(0) ?? "") } catch { throw CommandFailure(error) }
    guard wish.holds(in: domains) else {
      throw CommandFailure(.denied, "the token does not hold in the domain of that, if it is there")
    }
  }

  /// The domains that an operand is about; none: nobody knows.
  private func domains(of text: String) throws(RecordsError) -> Set<String> {
    switch Reference(text) {
    case .run(let run): return try domains(of: run)
    case .backfill(let id):
      return try StateReader(opening: project.state, clock: clock).domains(of: id)
    case .domain(let name): return [name]
    case .pipeline(let name, _): return [name.domain]
    case .task(let name, _, _): return [name.pipeline.domain]
    case .dataset(let name, _): return [name.domain]
    case nil:
      // `412/publish`, or a selector below a domain: `sales/*`.
      guard let slash = text.firstIndex(of: "/") else { return [] }
      let first = String(text[..<slash])
      if let run = RunID(first) { return try domains(of: run) }
      // Anything more may reach beyond the domain, as what comes after a pipeline does.
      let rest = text[slash...].dropFirst()
      return Name.isValid(first) && (rest == "*" || Name.isValid(rest)) ? [first] : []
    }
  }

  private func domains(of run: RunID) throws(RecordsError) -> Set<String> {
    let found = try StateReader(opening: project.state, clock: clock).run(run)
    return found.map { [$0.pipeline.domain] } ?? []
  }

  /// Refuses what they may not ask of the owner of the state.
  ///
  /// - Parameter domains: what it changes something of, where only the command knows.
  func check(_ request: ControlRequest, of domains: Set<String>? = nil) throws(CommandFailure) {
    let refusal: String?
    do {
      refusal = try wish.refusal(
        of: request, domains: domains, try StateReader(opening: project.state, clock: clock))
    } catch { throw CommandFailure(error) }
    if let refusal { throw CommandFailure(.denied, refusal) }
  }

  /// Whether they may see what is of a domain.
  func sees(_ domain: String) -> Bool { seesAllDomains || wish.holds(in: [domain]) }

  /// What they may see of a plan. One that makes something of others' is refused, as it would be once it is
  /// asked for.
  func shown(_ plan: BackfillPlan) throws(CommandFailure) -> BackfillPlan {
    guard plan.items.allSatisfy({ sees($0.pipeline.domain) }) else {
      throw CommandFailure(
        .denied, "the plan makes something of other domains than the token's",
        help: "leave out what reaches beyond, or use a token of all domains")
    }
    var plan = plan
    plan.stays.removeAll { !sees($0.pipeline.domain) }
    plan.omissions.removeAll { !sees($0.pipeline.domain) }
    return plan
  }
}
