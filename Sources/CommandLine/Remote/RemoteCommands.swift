import Basics
import Glibc
import Orchestration
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
  /// What a command may say.
  static let longestOutput = 16 << 20

  private let pool: WorkerPool<Job>
  private let waiting: Guarded<Int>

  /// - Parameter desk: the loop that owns the state.
  init(_ project: Project, desk: any ControlDesk, clock: any Clock) throws(ThreadError) {
    let waiting = Guarded(0)
    self.waiting = waiting
    pool = try WorkerPool(name: "command", workers: 2, stepsBack: true) { _ in
      { job in
        waiting.withLock { $0 -= 1 }
        job.answer(Self.outcome(of: job.wish, project, desk, clock))
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

  private static func outcome(
    of wish: CommandWish, _ project: Project, _ desk: any ControlDesk, _ clock: any Clock
  ) -> CommandOutcome {
    let (out, err) = (Captured(), Captured())
    var context = Context(
      out: out.output(columns: wish.columns), err: err.output(columns: nil),
      input: Input(isTerminal: false) { (_) throws(Input.InputError) in [] },
      environment: [:],
      directory: project.root, clock: clock, interrupts: Uninterrupted())
    context.caller = RemoteCaller(wish: wish, project: project, desk: desk, clock: clock)
    if !wish.allowsColour { context.environment["NO_COLOR"] = "1" }
    let code = Program.run(wish.words, in: context)
    return .done(exit: code.rawValue, out: out.bytes, err: err.bytes)
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

  var seesAllDomains: Bool { wish.seesAllDomains }
  var mayChange: Bool { wish.mayChange }

  /// Refuses commands that are not for others, and those that would show what is not theirs to see.
  func check(_ arguments: Arguments) throws(CommandFailure) {
    if let complaint = RemoteRules.complaint(about: arguments) { throw complaint }
    guard arguments.settings.server == nil, arguments.settings.tokenFile == nil else {
      throw .usage("a command is carried out at one server, and not handed on")
    }
    guard seesAllDomains || RemoteRules.changing.contains(arguments.command.name) else {
      throw CommandFailure(
        .denied, "'heddle \(arguments.command.name)' shows all domains, and the token is limited to some",
        help: "look at the page, or use a token of all domains")
    }
  }

  /// Refuses what they may not ask of the owner of the state.
  func check(_ request: ControlRequest) throws(CommandFailure) {
    let refusal: String?
    do {
      refusal = try wish.refusal(of: request, try StateReader(opening: project.state, clock: clock))
    } catch { throw CommandFailure(error) }
    if let refusal { throw CommandFailure(.denied, refusal) }
  }
}
