import Basics
import Lineage
import MeshModel
import Planning
import Testing

@Suite struct AlertTests {
  static let day = PartitionInterval(
    key: "2013-01-01", start: Instant(seconds: 1_356_998_400), end: Instant(seconds: 1_357_084_800))

  static func rule(_ kinds: [AlertKind] = AlertKind.allCases) -> NotificationRule {
    NotificationRule(kinds: kinds, command: Command(form: .shell("true"), directory: "/"))
  }

  static func world(
    _ pipelines: [Pipeline] = [.sketch("d/p", ["a"])], notify: [NotificationRule] = [rule()],
    domains: (inout [Domain]) -> Void = { _ in }
  ) -> PlanningWorld {
    PlanningWorld(pipelines, domains: domains, notify: notify)
  }

  static func raised(_ world: PlanningWorld) -> [AlertRecord] {
    world.changes.compactMap { if case .alertRaised(let record) = $0 { record } else { nil } }
  }

  static func resolved(_ world: PlanningWorld) -> [AlertID] {
    world.changes.compactMap { if case .alertResolved(let id, _, _) = $0 { id } else { nil } }
  }

  static func fail(_ world: inout PlanningWorld, _ name: String = "d/p", _ day: PartitionInterval? = Self.day)
  {
    world.run(name, partition: day)
    if let order = world.live.last { world.end(order, .failed()) }
  }

  /// Ends the latest notification.
  static func told(_ world: inout PlanningWorld, failure: Reason? = nil) {
    guard let order = world.notifications.last else { return }
    world.send(.report(.notified(order.id, attempt: order.attempt, failure: failure)))
  }

  @Test func `a run that fails raises one alert, in the commit of its end`() throws {
    var world = Self.world()
    world.run("d/p", partition: Self.day)
    let before = world.changes.count
    world.end("a", .failed())
    let commit = world.changes[before...]
    let end = try #require(commit.firstIndex { if case .runFinished = $0 { true } else { false } })
    let alert = try #require(commit.firstIndex { if case .alertRaised = $0 { true } else { false } })
    #expect(end < alert)
    let record = try #require(Self.raised(world).first)
    #expect(
      record.cause == AlertCause(kind: .runFailed, pipeline: record.cause.pipeline, partition: "2013-01-01"))
    #expect(record.run == 1)
    #expect(record.reason.text == "run 1 failed: task 'a'")
    #expect(record.subject == "d/p@2013-01-01")
  }

  @Test func `a partition that fails again is nothing new, and its success resolves the alert`() {
    var world = Self.world()
    Self.fail(&world)
    Self.fail(&world)
    #expect(Self.raised(world).count == 1)
    world.run("d/p", partition: Self.day)
    world.finish()
    #expect(Self.resolved(world) == [1])
    Self.fail(&world)
    #expect(Self.raised(world).map(\.id) == [1, 2])
  }

  @Test func `a run of some tasks says nothing of the others`() {
    var world = Self.world([.sketch("d/p", ["a", "b"])])
    world.run("d/p", partition: Self.day)
    world.end("a")
    world.end("b", .failed())
    world.run("d/p", partition: Self.day, tasks: [0])
    world.end("a", .failed())
    world.run("d/p", partition: Self.day, tasks: [1])
    world.end("b")
    #expect(Self.raised(world).map(\.subject) == ["d/p@2013-01-01", "d/p.a@2013-01-01"])
    #expect(Self.resolved(world).isEmpty)
    world.run("d/p", partition: Self.day, tasks: [0])
    world.end("a")
    #expect(Self.resolved(world) == [2])
    world.run("d/p", partition: Self.day)
    world.finish()
    #expect(Self.resolved(world) == [2, 1])
  }

  @Test func `a cancelled run raises nothing and resolves nothing`() {
    var world = Self.world()
    Self.fail(&world)
    world.run("d/p", partition: Self.day)
    world.send(.cancel(2))
    world.end("a", .cancelled)
    #expect(Self.raised(world).count == 1)
    #expect(Self.resolved(world).isEmpty)
  }

  @Test func `a restart raises nothing again`() {
    var world = Self.world()
    Self.fail(&world)
    let count = world.changes.count
    world.restart()
    #expect(world.changes.count == count)
    Self.fail(&world)
    #expect(Self.raised(world).count == 1)
  }

  @Test func `a task that waits too long raises an alert unless that skips it`() {
    for rule in [OnTimeout.fail, .skip] {
      var world = Self.world([
        WaitTests.pipeline { task in
          task.timeout = .seconds(60)
          task.onTimeout = rule
        }
      ])
      world.run("d/p", partition: Self.day)
      world.pass(.seconds(61))
      let kinds = Self.raised(world).map(\.cause.kind)
      #expect(kinds == (rule == .skip ? [] : [.waitTimedOut, .runFailed]))
    }
  }

  @Test func `a thousand failures are told in few processes`() {
    var world = Self.world([.sketch("d/p", ["a"])])
    for number in 0..<1000 {
      let day = PartitionInterval(key: "k\(number)", start: Self.day.start, end: Self.day.end)
      Self.fail(&world, "d/p", day)
    }
    #expect(world.notifications.count == 1)
    #expect(world.notifications[0].alerts.map(\.id) == [1])
    Self.told(&world)
    #expect(world.notifications.count == 1)
    for _ in 0..<2 {
      world.pass(.seconds(10))
      Self.told(&world)
    }
    #expect(world.notifications.map(\.alerts.count) == [1, 500, 499])
    world.pass(.seconds(3600))
    #expect(world.notifications.count == 3)
  }

  @Test func `who cannot be told is tried again, ever later, and in the end no more`() {
    var world = Self.world()
    Self.fail(&world)
    let reason = Reason("exit", "exit code 1")
    var delays: [Int64] = []
    for attempt in 1...8 {
      #expect(world.notifications.last?.attempt == attempt)
      let began = world.now
      Self.told(&world, failure: reason)
      guard let due = world.scheduler.nextDeadline else { break }
      delays.append((due - began).components.seconds)
      world.pass(due - world.now)
    }
    #expect(delays == [10, 20, 40, 80, 160, 320, 640])
    #expect(world.notifications.count == 8)
    #expect(world.scheduler.nextDeadline == nil)
  }

  @Test func `what an owner was telling when it died is told by the next one`() {
    var world = Self.world()
    Self.fail(&world)
    #expect(world.notifications.count == 1)
    world.restart()
    #expect(world.notifications.map(\.id) == [1, 1])
    Self.told(&world)
    world.restart()
    #expect(world.notifications.count == 2)
  }

  @Test func `a domain hears of its own alerts, the mesh of all, and each of its kinds only`() {
    var world = Self.world(
      [.sketch("d/p", ["a"]), .sketch("e/q", ["a"])], notify: [Self.rule([.deadlineMissed]), Self.rule()]
    ) { domains in
      domains[1].notify = [Self.rule([.runFailed])]
    }
    Self.fail(&world, "d/p")
    Self.fail(&world, "e/q")
    #expect(Self.raised(world).map(\.channels) == [["*.2"], ["*.2", "e.1"]])
  }

  @Test func `what is silenced is recorded and not told`() {
    var world = Self.world([.sketch("d/p", ["a"]), .sketch("e/q", ["a"])])
    world.send(.silence(SilenceWish(selector: "d/*", span: .seconds(60), by: "ann")))
    Self.fail(&world, "d/p")
    #expect(world.notifications.isEmpty)
    #expect(Self.raised(world).first?.silence == 1)
    Self.fail(&world, "e/q")
    #expect(world.notifications.map { $0.alerts.map(\.subject) } == [["e/q@2013-01-01"]])
    Self.told(&world)
    world.pass(.seconds(61))
    Self.fail(&world, "d/p", nil)
    #expect(world.notifications.count == 2)
  }

  @Test func `silences that are over are forgotten`() {
    var world = Self.world()
    for _ in 0..<5 {
      world.send(.silence(SilenceWish(selector: "d/p", span: .seconds(60), by: "ann")))
      world.pass(.seconds(61))
    }
    #expect(world.scheduler.kept.silences == 1)
  }

  @Test(arguments: ["d/p", "d/*", "domain:d", "e/q d/p"])
  func `a silence holds for what a release lacks that could not be read whole`(selector: String) {
    var world = Self.world([.sketch("d/p", ["a"]), .sketch("e/q", ["a"])])
    world.send(.silence(SilenceWish(selector: selector, span: .seconds(60), by: "ann")))
    world.run("d/p", partition: Self.day)
    let other = PlanningWorld([.sketch("e/q", ["a"])]).release
    world.send(.release(Release(id: 2, mesh: other.mesh, graph: other.graph, isWhole: false)))
    if let order = world.live.last { world.end(order, .failed()) }
    #expect(Self.raised(world).map(\.silence) == [1])
  }

  @Test func `a silence holds what was not told yet`() {
    var world = Self.world()
    Self.fail(&world)
    Self.told(&world)
    Self.fail(&world, "d/p", nil)
    #expect(world.notifications.count == 1)
    world.send(.silence(SilenceWish(selector: "d/p", span: .seconds(60), by: "ann")))
    world.restart()
    world.pass(.seconds(600))
    #expect(world.notifications.count == 1)
    world.send(.unsilence(1, by: "ann"))
    #expect(!world.scheduler.lasts(1))
  }

  @Test func `after a restart a silence holds what was not told yet, too`() {
    var world = Self.world()
    Self.fail(&world)
    Self.told(&world, failure: Reason("exit", "exit code 1"))
    Self.fail(&world, "d/p", nil)
    world.restart()
    world.send(.silence(SilenceWish(selector: "d/p", span: .seconds(60), by: "ann")))
    world.pass(.seconds(600))
    #expect(world.notifications.count == 1)
  }

  @Test func `after a restart what is over is told all the same`() {
    var world = Self.world()
    Self.fail(&world)
    Self.told(&world, failure: Reason("exit", "exit code 1"))
    Self.fail(&world, "d/p", nil)
    world.restart()
    world.run("d/p", partition: nil)
    world.finish()
    world.pass(.seconds(20))
    Self.told(&world)
    world.pass(.seconds(600))
    #expect(world.notifications.last?.alerts.map(\.id) == [2])
  }

  @Test func `an alert is acknowledged once, while it is open`() {
    var world = Self.world()
    Self.fail(&world)
    world.send(.acknowledge([1, 7], by: "ann", note: nil))
    world.send(.acknowledge([1], by: "bob", note: nil))
    let acknowledged = world.changes.compactMap { change -> String? in
      if case .alertAcknowledged(1, let who, _, _) = change { who } else { nil }
    }
    #expect(acknowledged == ["ann"])
    world.restart()
    #expect(world.scheduler.standing(of: 1) == (true, true))
  }

  @Test func `nothing is raised about what is not declared any more`() {
    var world = Self.world()
    world.run("d/p", partition: Self.day)
    world.send(.release(Release(id: 2, mesh: Mesh(root: "/p"), graph: MeshGraph())))
    world.end("a", .failed())
    #expect(Self.raised(world).isEmpty)
    #expect(world.runState(1) == .failed)
  }

  @Test func `who is no rule's any more is not told, and the record says so`() throws {
    var world = Self.world()
    Self.fail(&world)
    Self.told(&world, failure: Reason("exit", "exit code 1"))
    var mesh = world.release.mesh
    mesh.notify = []
    world.send(.release(Release(id: 2, mesh: mesh, graph: world.release.graph)))
    world.pass(.seconds(10))
    let end = try #require(
      world.changes.last { if case .notificationEnded = $0 { true } else { false } })
    guard case .notificationEnded(1, let failure, nil, _) = end else { throw CancellationError() }
    #expect(failure?.code == "not_declared")
  }
}
