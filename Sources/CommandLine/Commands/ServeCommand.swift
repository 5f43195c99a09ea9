import Basics
import Diagnostics
import Glibc
import Lineage
import MeshModel
import Orchestration
import Records
import StatusPage
import Threads

/// `heddle serve`.
struct ServeCommand: Command {
  static let description = CommandDescription(
    name: "serve", summary: "own the state, and run pipelines by the clock and what commands ask for",
    operands: [],
    options: [
      .value("workers", "N"), .flag("watch"), .value("bind", "ADDRESS"),
      .value("web", "DIR", words: .directories), .value("host", "NAME", repeats: true),
      .value("proxy", "IP", repeats: true),
    ],
    help: """
      heddle serve: own the state, and run pipelines by the clock and what commands ask for

      Examples:
        heddle serve
        heddle serve --watch
        heddle serve --bind 127.0.0.1:8080
        heddle serve --workers 8 --state /var/lib/heddle

      Usage: heddle serve [--workers N] [--watch] [--bind ADDRESS [--web DIR] [--host NAME]... [--proxy IP]...]

      Waits for the state while another process owns it, goes on with what that left unfinished, and listens
      at 'heddle.sock' in the state's directory. SIGTERM and Ctrl-C end it: nothing new starts, and what runs
      goes on and is taken over by the next daemon. From then on the state is a daemon's: where none answers,
      'heddle run' and 'heddle backfill' want --local. What it does is told on the error output; with --json
      one object on standard output says when it listens.

      It makes runs from the files as they are at its start, until 'heddle deploy', SIGHUP, or with --watch any
      save, takes a new release of them. A pipeline whose files have errors stays as it was.

      With --bind it serves the status page and the API. On 127.0.0.1 whoever works on this machine may read
      states there; logs, and every change, are for those who signed in: by the link that is printed, which is
      good once and for a quarter of an hour, or with a token. At any other address it serves only those with
      tokens. TLS is the matter of a proxy.

      Options:
        --watch         take a release whenever the files change, for development
        --workers N     at most N tasks at once; default: twice the number of processors
        --bind ADDRESS  serve the page there, as 127.0.0.1:8080 or [::1]:8080
        --web DIR       the page's files; default: where they were installed
        --host NAME     a name by which the page may be asked for besides 127.0.0.1, [::1] and localhost
        --proxy IP      an address of a proxy whose 'X-Forwarded-For' and '-Proto' are believed

      Exit codes: 0 told to stop, 1 the state cannot be used, 5 the page would be open to others without tokens

      \(HelpText.localOptions)
      """)

  /// Nil: as many as suit the machine.
  var workers: Int?
  var watches: Bool
  /// Nil: no page is served.
  var page: PageWish?

  init(_ arguments: Arguments) throws(CommandFailure) {
    watches = arguments.has("watch")
    page = try PageWish(arguments)
    workers = try arguments.integer("workers", in: 1...1024)
  }

  /// Whether somebody wants it to end, and how to tell the owner.
  private struct Stopping {
    var isAsked = false
    var tell: (@Sendable () -> Void)?
    var reload: (@Sendable () -> Void)?
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    let project = try context.project()
    let stopping = Guarded(Stopping())
    let supervisor = Supervisor(context.environment)
    context.interrupts.watchHangups { [clock = context.clock] in
      guard let reload = stopping.withLock({ $0.reload }) else { return }
      supervisor?.reloading(at: clock)
      reload()
    }
    context.interrupts.watch { _ in
      let tell = stopping.withLock { stopping in
        stopping.isAsked = true
        return stopping.tell
      }
      supervisor?.stopping()
      tell?()
    }
    let isAsked = { stopping.withLock { $0.isAsked } }
    guard let owner = try owner(context, project, supervisor, isStopped: isAsked) else {
      return .success
    }
    let isStopped = stopping.withLock { stopping in
      stopping.tell = owner.stopper
      stopping.reload = owner.deployment
      return stopping.isAsked
    }
    if isStopped { return .success }
    let workers = workers ?? ForegroundWork.suitableWorkers
    let served = try page.map { (wish) throws(CommandFailure) in
      try wish.open(owner, workers: workers, context, project)
    }
    defer { served?.stop() }
    let log = ServiceLog(context, project, owner, supervisor, served)
    var heartbeat: (call: () -> Void, every: Duration)?
    if let supervisor, let rhythm = supervisor.watchdog { heartbeat = ({ supervisor.alive() }, rhythm) }
    do {
      try owner.serve(
        workers: workers, watches: watches, heartbeat: heartbeat, observer: log)
    } catch {
      throw CommandFailure(error)
    }
    log.say("stopped")
    return .success
  }

  /// Becomes the owner of the state once nobody else is; nil: it was told to stop before.
  private func owner(
    _ context: Context, _ project: Project, _ supervisor: Supervisor?, isStopped: () -> Bool
  ) throws(CommandFailure) -> Owner? {
    var waits = false
    var told: UInt64?
    while !isStopped() {
      do {
        return try Owner(
          project: project.declared, state: project.state, clock: context.clock,
          identity: .init(version: VersionCommand.version, isDaemon: true))
      } catch {
        guard error.kind == .conflict else { throw CommandFailure(error) }
        if !waits, !context.settings.quiet {
          context.err.line(TerminalText.clean("waiting: \(error.message)"))
        }
        context.err.flush()
        waits = true
      }
      // Reading the declarations again and again would cost more than asking for the lock.
      repeat {
        let now = context.clock.monotonicNanoseconds
        if told.map({ now &- $0 >= Supervisor.patience.wholeNanoseconds }) ?? true {
          supervisor?.waiting("waits for the state, which another process owns")
          told = now
        }
        usleep(100_000)
      } while !isStopped() && isOwned(project)
    }
    return nil
  }

  private func isOwned(_ project: Project) -> Bool { StateOwner.isOwned(project.state) }
}

/// Tells on the error output what a daemon does.
private final class ServiceLog: RunObserver {
  private let context: Context
  private let project: Project
  private let owner: Owner
  private var isListening = false
  private var names: [RunID: String] = [:]
  /// Lines left out since the last one.
  private var unsaid = 0
  /// How long a line waits for whoever reads.
  private static let patience = Duration.milliseconds(100)
  private let supervisor: Supervisor?
  private let page: StatusPage?

  init(
    _ context: Context, _ project: Project, _ owner: Owner, _ supervisor: Supervisor?, _ page: StatusPage?
  ) {
    self.supervisor = supervisor
    self.page = page
    self.context = context
    self.project = project
    self.owner = owner
    for run in owner.unfinishedRuns { note(run.record) }
  }

  let wantsPulses = false

  /// A line with the time. It is left out where whoever reads stands still: nobody waits for that.
  func say(_ text: String) {
    guard !context.settings.quiet else { return }
    guard context.err.hasRoom(within: unsaid == 0 ? Self.patience : .zero) else {
      unsaid += 1
      return
    }
    if unsaid > 0 {
      context.err.line("\(context.clock.now.text)  \(unsaid) lines are left out that nobody took")
      unsaid = 0
    }
    context.err.line("\(context.clock.now.text)  \(TerminalText.clean(text))")
    context.err.flush()
  }

  func pulse(at now: Instant) { listen() }

  func outage(_ error: RecordsError?) {
    guard let error else { return say("the state can be written again") }
    say("the state cannot be written, so nothing starts: \(error.message)")
  }

  func deployed(_ release: TakenRelease) {
    page?.publish(PublishedRelease(release))
    say(
      "release \(release.id)  "
        + (release.isNew ? "new runs are made from it" : "stands: nothing else is taken"))
    tellMistakes(release.project)
    supervisor?.ready()
  }

  func deployFailed(_ error: SessionError) {
    say("no release can be taken, so the one before stands: \(error.message)")
    supervisor?.ready()
  }

  /// What is wrong with the files, and what stays as it was because of that.
  private func tellMistakes(_ project: CheckedProject) {
    let errors = project.diagnostics.filter { $0.severity == .error }
    guard !errors.isEmpty, !context.settings.quiet else { return }
    context.err.write(TextRenderer().text(Array(errors.prefix(20))))
    context.err.line()
    for (name, release) in project.kept.sorted(by: { $0.key < $1.key }) {
      say("\(name)  stays as in release \(release)")
    }
    let broken = project.broken.keys.sorted().map { project.graph.pipelines[$0].name.description }
    if !broken.isEmpty { say("does not run: " + broken.joined(separator: ", ")) }
  }

  func upkeepFailed(_ error: RecordsError) {
    say("what retention lets go cannot be removed now: \(error.message)")
  }

  func tickFailed(_ error: SessionError) {
    say("the record cannot be asked about a tick now: \(error.message)")
  }

  func examined(_ damages: [String]) {
    if damages.isEmpty { return say("the owner before this one died; its state file is whole") }
    for damage in damages { say("the state file is damaged: \(damage)") }
    say("put back a backup: heddle restore DIR; see all that is wrong: heddle doctor")
  }

  func observe(_ changes: [Change], at now: Instant) {
    listen()
    for change in changes {
      switch change {
      case .runCreated(let record): note(record)
      case .runStarted(let run, _): say("run \(run)  \(names[run] ?? "")  started")
      case .runFinished(let run, let state, _, _):
        say("run \(run)  \(names.removeValue(forKey: run) ?? "")  \(state.rawValue)")
      case .backfillCreated(let record): say("backfill b\(record.id)  heddle \(record.request)")
      case .backfillFinished(let id, let state, _): say("backfill b\(id)  \(state.rawValue)")
      case .scheduled(let schedule, _):
        say("\(schedule.pipeline)  its ticks count from \((schedule.countedTo + .milliseconds(1)).text) on")
      case .ticked(let tick):
        if case .missed(let reason) = tick.outcome {
          let span = "from \(tick.at.text) to \(tick.through.text)"
          say("\(tick.pipeline)  missed what was due \(span): \(reason.text)")
        }
      case .paused(let target, _): say("\(target)  paused")
      case .resumed(let target, _): say("\(target)  resumed")
      default: continue
      }
    }
  }

  private func note(_ record: RunRecord) {
    names[record.id] = record.partition.map { "\(record.pipeline)@\($0.key)" } ?? "\(record.pipeline)"
  }

  /// Says once that commands are heard now.
  private func listen() {
    guard !isListening else { return }
    isListening = true
    let found = owner.recovered
    let address = page?.addresses.first.map { "http://\($0)" }
    let link = address.flatMap { address in page?.signInPath().map { address + $0 } }
    if context.settings.json {
      context.json("serve") { writer in
        writer.key("version")
        writer.string(VersionCommand.version)
        writer.key("pid")
        writer.integer(getpid())
        writer.key("socket")
        writer.string(project.state.socket)
        writer.key("unfinished_runs")
        writer.integer(found?.runs ?? 0)
        writer.key("live_attempts")
        writer.integer(found?.attempts ?? 0)
        writer.key("page")
        writer.string(address)
        writer.key("sign_in")
        writer.string(link)
      }
      context.out.flush()
    }
    say("heddle \(VersionCommand.version), process \(getpid()), listens at '\(project.state.socket)'")
    if let address { say("the page is at \(address)/") }
    if let link { say("sign a browser in, once and within a quarter of an hour: \(link)") }
    if let found { say(ForegroundWork.text(of: found)) }
    tellMistakes(owner.project)
    supervisor?.ready()
    supervisor?.does(address.map { "serves; the page is at \($0)/" } ?? "serves")
  }
}
