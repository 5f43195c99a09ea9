import Basics
import Diagnostics
import Lineage
import MeshModel
import Planning
import SQLite
import TestKit
import Testing
import Threads

@testable import Orchestration
@testable import Records

@Suite struct EventLoopTests {
  /// Ends attempts as it is told to, after it has looked at the record.
  final class WatchingExecutor: Executor {
    let mailbox: Mailbox<EventLoop.Message>
    let directory: StateDirectory
    let clock: ManualClock
    let outcome: @Sendable (AttemptOrder) -> AttemptOutcome?
    let unrecorded = Guarded<[AttemptID]>([])
    let stopped = Guarded<[AttemptID]>([])

    init(
      _ mailbox: Mailbox<EventLoop.Message>, _ directory: StateDirectory, _ clock: ManualClock,
      outcome: @escaping @Sendable (AttemptOrder) -> AttemptOutcome?
    ) {
      self.mailbox = mailbox
      self.directory = directory
      self.clock = clock
      self.outcome = outcome
    }

    func start(_ order: AttemptOrder) {
      let recorded = try? StateReader(opening: directory).recoveredState().runs
        .flatMap(\.instances).filter { $0.live != nil }.map(\.id)
      if recorded?.contains(order.id.instance) != true { unrecorded.withLock { $0.append(order.id) } }
      if let outcome = outcome(order) { mailbox.post(.report(.ended(order.id, outcome))) }
    }

    func settle(_ settled: [AttemptID]) {}

    func evaluate(_ order: EvaluationOrder) {
      mailbox.post(.report(.evaluated(order.context.instance, order.subject, .condition(true))))
    }

    func probe(_ order: ProbeOrder) {}
    func notify(_ order: NotificationOrder) {}

    func adopt(_ order: AttemptOrder) { start(order) }

    func stop(_ attempt: AttemptID, cause: StopCause, grace: Duration) {
      stopped.withLock { $0.append(attempt) }
      mailbox.post(.report(.ended(attempt, AttemptOutcome(state: .failed))))
    }
  }

  final class Changes: RunObserver {
    var list: [Change] = []
    func observe(_ changes: [Change], at now: Instant) { list += changes }
    func pulse(at now: Instant) {}
  }

  let folder: TemporaryFolder
  let directory: StateDirectory
  let clock = ManualClock()
  let mailbox = Mailbox<EventLoop.Message>()

  init() throws {
    folder = try TemporaryFolder()
    directory = StateDirectory(root: folder.file("state"))
  }

  static func release(_ tasks: [(name: String, after: [String])]) -> Release {
    let position = SourcePosition(file: SourceFile(path: "test", text: ""), line: 1, column: 1)
    var pipeline = Pipeline(name: PipelineName(domain: "d", name: "p"), position: position)
    for task in tasks {
      let command = Command(form: .shell("true"), directory: "/")
      var declaration = TaskDeclaration(name: task.name, kind: .run(command), position: position)
      declaration.after = task.after.map { Located($0, at: position) }
      pipeline.tasks.append(declaration)
    }
    var domain = Domain(name: "d", owner: "team", position: position)
    domain.pipelines = [pipeline]
    let mesh = Mesh(root: "/", domains: [domain])
    return Release(id: 1, mesh: mesh, graph: LineageBuilder.build(mesh).graph)
  }

  func loop(
    _ release: Release, observer: Changes, desk: @escaping EventLoop.Desk = Self.nobodyAsks,
    outcome: @escaping @Sendable (AttemptOrder) -> AttemptOutcome?
  ) throws -> (EventLoop, WatchingExecutor, StateOwner) {
    let owner = try StateOwner(opening: directory, clock: clock)
    try owner.writer.commit([
      .releaseTaken(ReleaseRecord(id: 1, digest: "x", takenAt: clock.now, graph: release.graph))
    ])
    let executor = WatchingExecutor(mailbox, directory, clock, outcome: outcome)
    let scheduler = Scheduler(release: release, configuration: .init(workers: 2, state: owner.stateID))
    let loop = EventLoop(
      scheduler: scheduler, writer: owner.writer, executor: executor, mailbox: mailbox,
      time: SteadyTime(clock), observer: observer, desk: desk)
    return (loop, executor, owner)
  }

  typealias AnyDesk =
    @Sendable (ControlRequest, Asker, Preparation, inout Scheduler) throws(SessionError)
    -> ControlReply

  static let nobodyAsks: AnyDesk = { (_, _, _, _) throws(SessionError) in
    throw SessionError(.invalid, "nobody asks")
  }

  static let run = SchedulerEvent.run(RunRequest(pipeline: 0, partition: nil, cause: .manual))

  @Test func `nothing starts before its start is on disk`() throws {
    let observer = Changes()
    let release = Self.release([("a", []), ("b", ["a"]), ("c", ["a"]), ("e", ["b", "c"])])
    let (loop, executor, owner) = try loop(release, observer: observer) { _ in AttemptOutcome(state: .success)
    }
    try loop.runUntilIdle(after: [Self.run])
    #expect(executor.unrecorded.withLock { $0 }.isEmpty)
    let run = try StateReader(opening: directory).run(1)
    #expect(run?.state == .success)
    withExtendedLifetime(owner) {}
  }

  @Test func `an interrupt cancels what runs and ends the loop`() throws {
    let observer = Changes()
    let (loop, executor, owner) = try loop(Self.release([("a", []), ("b", ["a"])]), observer: observer) { _ in
      nil
    }
    mailbox.post(.interrupt)
    try loop.runUntilIdle(after: [Self.run])
    #expect(loop.wasInterrupted)
    #expect(executor.stopped.withLock { $0.count } == 1)
    #expect(try StateReader(opening: directory).run(1)?.state == .cancelled)
    withExtendedLifetime(owner) {}
  }

  @Test func `what is answered from the record finds there what others asked for in the same moment`() throws
  {
    let found = Guarded<[Int]>([])
    let clock = clock, directory = directory
    let (loop, _, owner) = try loop(Self.release([("a", [])]), observer: Changes()) {
      (request, _, _, scheduler) throws(SessionError) in
      if case .run = request { scheduler.handle(Self.run, at: clock.now) }
      let runs = (try? StateReader(opening: directory).runs(RunFilter(limit: 10)).runs.count) ?? -1
      found.withLock { $0.append(runs) }
      return .done("")
    } outcome: { _ in
      nil
    }
    let run = ControlRequest.run(
      pipeline: PipelineName(domain: "d", name: "p"), task: nil, partition: nil, params: [:])
    let requests = [run, run, .acknowledge(alerts: [], note: nil), run, .retry(RetryWish(runs: [1]))]
    try loop.turn(requests.map { .request($0) { _ in } })
    #expect(found.withLock { $0 } == [0, 0, 2, 2, 3])
    withExtendedLifetime(owner) {}
  }

  @Test func `what came before the record failed in the middle of a turn is done later, the rest refused`()
    throws
  {
    let answers = Guarded<[String]>([])
    let clock = clock, directory = directory
    let (loop, _, owner) = try loop(Self.release([("a", [])]), observer: Changes()) {
      (request, _, _, scheduler) throws(SessionError) in
      if case .run = request { scheduler.handle(Self.run, at: clock.now) }
      return .done("done")
    } outcome: { _ in
      nil
    }
    func ask(_ name: String, _ request: ControlRequest) -> EventLoop.Message {
      .request(request) { reply in
        let words = if case .refused(_, let message, _) = reply { message.prefix(27) } else { "done"[...] }
        answers.withLock { $0.append("\(name): \(words)") }
      }
    }
    let run = ControlRequest.run(
      pipeline: PipelineName(domain: "d", name: "p"), task: nil, partition: nil, params: [:])
    owner.writer.connection.setBusyTimeout(milliseconds: 0)
    let other = try Connection(path: directory.database, mode: .readWrite)
    try other.execute("BEGIN IMMEDIATE")
    try loop.turn([ask("first", run), ask("second", .acknowledge(alerts: [], note: nil)), ask("third", run)])
    let refused = ["second: the state cannot be written", "third: the state cannot be written"]
    #expect(answers.withLock { $0 } == refused)
    try other.execute("ROLLBACK")
    clock.advance(by: .seconds(2))
    try loop.turn()
    #expect(answers.withLock { $0 } == refused + ["first: done"])
    #expect(try StateReader(opening: directory).runs(RunFilter(limit: 10)).runs.map(\.id) == [1])
    withExtendedLifetime(owner) {}
  }

  @Test func `an observer hears of everything that is committed, in its order`() throws {
    let observer = Changes()
    let (loop, _, owner) = try loop(Self.release([("a", []), ("b", ["a"])]), observer: observer) { _ in
      AttemptOutcome(state: .success)
    }
    try loop.runUntilIdle(after: [Self.run])
    let events = try StateReader(opening: directory).events(after: 1)
    #expect(events.map(\.change.kind) == observer.list.map(\.kind))
    withExtendedLifetime(owner) {}
  }
}
