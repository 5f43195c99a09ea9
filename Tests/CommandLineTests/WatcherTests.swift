import Basics
import Lineage
import MeshModel
import Orchestration
import Records
import TestKit
import Testing
import Threads

@testable import CommandLine

@Suite struct WatcherTests {
  /// A watcher over the starter mesh whose view writes to a pipe.
  final class Watch {
    let project: StarterProject
    let captured = ProgramSession.Captured()
    let clock = ManualClock()
    let interrupts = Guarded(0)
    let watcher: RunWatcher

    init() throws {
      project = try StarterProject()
      let output = ProgramSession().output(to: captured)
      watcher = RunWatcher(
        graph: CheckedProject(loading: project.folder.path).graph, state: StateDirectory(root: "/state"),
        view: ProgressView(output: output, clock: clock) { _, _ in ["it broke"] }, interrupts: interrupts)
    }

    func observe(_ changes: Change...) { watcher.observe(changes, at: clock.now) }

    func create(_ run: RunID, tasks: [Int]? = nil) {
      let name = PipelineName(domain: "reports", name: "sales")
      observe(
        .runCreated(
          RunRecord(
            id: run, pipeline: name, partition: PlanTests.day(1), cause: .manual, release: 1,
            createdAt: clock.now,
            tasks: tasks)), .runStarted(run, at: clock.now))
    }

    func attempt(
      _ instance: InstanceID, _ outcome: AttemptOutcome, _ state: InstanceState, retryAt: Instant? = nil
    ) {
      let id = AttemptID(instance: instance, number: 1)
      observe(.attemptStarted(id, AttemptKey("k"), inputs: [], at: clock.now))
      clock.advance(by: .seconds(2))
      observe(.attemptEnded(id, outcome, instance: state, retryAt: retryAt, at: clock.now))
    }
  }

  @Test func `facts become lines, tallies and an end`() throws {
    let watch = try Watch()
    watch.create(7)
    #expect(watch.watcher.tallies.counts == [.waiting: 2])
    watch.attempt(InstanceID(run: 7, task: 0), AttemptOutcome(state: .success), .success)
    watch.attempt(
      InstanceID(run: 7, task: 1), AttemptOutcome(state: .failed, reason: Reason("exit", "exit 75")),
      .retrying,
      retryAt: watch.clock.now + .seconds(12))
    watch.attempt(
      InstanceID(run: 7, task: 1), AttemptOutcome(state: .failed, reason: Reason("exit", "exit 3")), .failed)
    watch.observe(.runFinished(7, .failed, nil, at: watch.clock.now))
    #expect(
      watch.captured.text == """
        ✓ success  reports/sales.summary@2025-01-01  2.0s
        ↻ retrying  reports/sales.announce@2025-01-01  2.0s  exit 75, again in 10s
        ✕ failed  reports/sales.announce@2025-01-01  2.0s  exit 3
          | it broke
          log: /state/logs/7/announce/0/1.log

        """)
    #expect(watch.watcher.tallies.counts.filter { $0.value > 0 } == [.success: 1, .failed: 1])
    #expect(watch.watcher.tallies.text == "1 success, 1 failed")
    #expect(watch.watcher.ended.map(\.name) == ["reports/sales@2025-01-01"])
    #expect(watch.watcher.firstFailure?.task == "announce")
  }

  @Test func `a fan-out counts its instances, and names them by their values`() throws {
    let watch = try Watch()
    watch.create(7, tasks: [1])
    watch.observe(.fannedOut(7, task: 1, values: [.text("EWR"), .text("J@K")], at: watch.clock.now))
    #expect(watch.watcher.tallies.total == 2)
    watch.observe(
      .instanceFinished(
        InstanceID(run: 7, task: 1, index: 1), .skipped, Reason("when", "the condition is false"),
        at: watch.clock.now))
    #expect(
      watch.captured.text == "– skipped  reports/sales.announce[J@K]@2025-01-01  the condition is false\n")
  }

  @Test func `an empty fan-out is one task`() throws {
    let watch = try Watch()
    watch.create(7, tasks: [1])
    watch.observe(.fannedOut(7, task: 1, values: [], at: watch.clock.now))
    #expect(watch.watcher.tallies.total == 1)
  }

  @Test func `what was kept is neither counted nor told`() throws {
    let watch = try Watch()
    watch.create(7)
    watch.observe(
      .instanceFinished(InstanceID(run: 7, task: 0), .success, Reason("kept", "kept"), at: watch.clock.now))
    #expect(watch.captured.text == "")
    #expect(watch.watcher.tallies[.success] == 0)
  }

  @Test func `Ctrl-C says what it does, and what the next one does`() throws {
    let watch = try Watch()
    watch.interrupts.withLock { $0 = 1 }
    watch.watcher.pulse(at: watch.clock.now)
    watch.watcher.pulse(at: watch.clock.now)
    watch.interrupts.withLock { $0 = 2 }
    watch.watcher.pulse(at: watch.clock.now)
    #expect(
      watch.captured.text
        == "cancelling; press Ctrl-C again to end what runs at once\nending what runs at once\n")
  }
}
