import Basics
import Glibc
import MeshModel
import Records
import Threads

/// Takes releases of a project beside the loop that runs them: reads, checks and copies the files on a thread
/// of its own, one release after another, and hands over what came of it.
final class Deployer: Sendable {
  enum Message: Sendable {
    /// Somebody wants a release of the files as they are now; nil: by a signal, which says nobody's name.
    case deploy(asker: Asker?, answer: (@Sendable (ControlReply) -> Void)?)
    /// Something is to be read before the loop is asked, which that would hold up.
    case prepare(@Sendable () -> Void)
    /// From now on whenever they change.
    case watch
    /// The loop took it up, or could not.
    case settled(ControlReply)
    case end
  }

  /// What is taken.
  struct Taking: Sendable {
    var root: String
    var state: StateDirectory
    var clock: any Clock
  }

  /// Has the loop take up an outcome, and calls back once it has.
  typealias Hand = @Sendable (DeployOutcome, [Asker], @escaping @Sendable (ControlReply) -> Void) -> Void

  private let mailbox: Mailbox<Message>
  private let thread: WorkerThread

  /// - Parameter last: the release that new runs are made from now.
  init(
    _ taking: Taking, after last: (id: ReleaseID, digest: String), mailbox: Mailbox<Message>,
    hand: @escaping Hand
  ) throws(ThreadError) {
    self.mailbox = mailbox
    thread = try WorkerThread(name: "deploy") {
      var work = DeployerWork(taking: taking, last: last, mailbox: mailbox, hand: hand)
      work.run()
    }
  }

  /// Takes no more releases; returns once none is being copied.
  func end() {
    mailbox.post(.end)
    thread.join()
  }
}

/// What came of taking a release.
package typealias DeployOutcome = Result<TakenRelease, SessionError>

/// What the thread of a deployer does.
private struct DeployerWork {
  /// How often watched files are looked at, and how long they must be at rest, in nanoseconds.
  private static let rhythm: UInt64 = 500_000_000
  private static let rest: UInt64 = 100_000_000
  /// How long after a failure watched files are taken again.
  private static let respite: UInt64 = 10_000_000_000

  let taking: Deployer.Taking
  var last: (id: ReleaseID, digest: String)
  let mailbox: Mailbox<Deployer.Message>
  let hand: Deployer.Hand
  /// What the watched files were like when they were last taken; nil: nobody watches.
  private var seen: String?
  private var isOver = false
  private var pausesUntil: UInt64 = 0
  /// What came while a release was handed over.
  private var waiting: [Deployer.Message] = []

  init(
    taking: Deployer.Taking, last: (id: ReleaseID, digest: String), mailbox: Mailbox<Deployer.Message>,
    hand: @escaping Deployer.Hand
  ) {
    self.taking = taking
    self.last = last
    self.mailbox = mailbox
    self.hand = hand
  }

  mutating func run() {
    while !isOver {
      var batch = waiting
      waiting = []
      if batch.isEmpty { batch = mailbox.take(until: seen == nil ? nil : now &+ Self.rhythm) }
      var answers: [(@Sendable (ControlReply) -> Void)?] = []
      var askers: [Asker] = []
      for message in batch {
        switch message {
        case .deploy(let asker, let answer):
          answers.append(answer)
          if let asker { askers.append(asker) }
        case .prepare(let body): body()
        // What was saved since the owner read the files is taken with the first.
        case .watch:
          seen = files
          answers.append(nil)
        case .settled: continue
        case .end: return
        }
      }
      guard !answers.isEmpty || haveFilesChanged() else { continue }
      deploy(answers.compactMap(\.self), askers.isEmpty ? [Self.files] : askers)
    }
  }

  /// Who asks where nobody says so: the files were saved, or a signal told to look at them.
  private static let files = Asker(name: Asker.userName(geteuid()), origin: "files")

  private var now: UInt64 { taking.clock.monotonicNanoseconds }

  private var files: String { ReleaseFolder.watchedDigest(of: taking.root) }

  /// Whether somebody has saved something, and is done with it.
  private mutating func haveFilesChanged() -> Bool {
    guard let seen, now >= pausesUntil else { return false }
    let first = files
    guard first != seen else { return false }
    waiting += mailbox.take(until: now &+ Self.rest)
    guard waiting.isEmpty, files == first else { return false }
    self.seen = first
    return true
  }

  /// A release of files that nobody changed from before they were read until they were copied.
  private mutating func taken() throws(SessionError) -> TakenRelease {
    for _ in 0..<ReleaseTaking.tries {
      let before = files
      if seen != nil { seen = before }
      let project = CheckedProject(loading: taking.root, environment: taking.state.environment)
      let taken = try ReleaseTaking(project: project, state: taking.state, clock: taking.clock)
        .prepared(after: last)
      if files == before { return taken }
    }
    throw ReleaseTaking.restless
  }

  private mutating func deploy(_ answers: [@Sendable (ControlReply) -> Void], _ askers: [Asker]) {
    let outcome = DeployOutcome { () throws(SessionError) in try taken() }
    let mailbox = mailbox
    hand(outcome, askers) { reply in
      for answer in answers { answer(reply) }
      mailbox.post(.settled(reply))
    }
    // The next one follows upon this one, if it is taken up.
    var isSettled = false
    while !isOver, !isSettled {
      for message in mailbox.take() {
        switch message {
        case .settled(let reply):
          if case .released = reply, case .success(let taken) = outcome {
            last = (taken.id, taken.digest)
          } else if seen != nil {
            // What was not taken up counts as not seen, and is tried again.
            (seen, pausesUntil) = ("", now &+ Self.respite)
          }
          isSettled = true
        case .end: isOver = true
        case .deploy, .watch, .prepare: waiting.append(message)
        }
      }
    }
  }
}
