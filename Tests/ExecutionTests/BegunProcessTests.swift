import Execution
import Glibc
import MeshModel
import Planning
import TestKit
import Testing
import Threads

/// Processes that are begun without a thread that waits for them.
struct BegunProcessTests {
  /// Waits until it is let go; a folder that is gone lets go as well.
  private var hold: String {
    "while [ -d \(workshop.folder.path) ] && [ ! -e \(workshop.folder.file("go")) ]; do sleep 0.01; done"
  }

  private enum Call: Sendable {
    case over(ProcessEnd)
    case waiting(ProcessWait)
  }

  private let workshop: Workshop
  private let runner: KeeperRunner
  private let calls = Mailbox<Call>()

  init() throws {
    workshop = try Workshop()
    try workshop.open()
    runner = try #require(workshop.runner)
  }

  private func order(_ name: String, _ script: String) -> ProcessOrder {
    let key = AttemptKey("\(workshop.identity)-\(name)")
    return ProcessOrder(
      key: key, program: "/bin/sh", arguments: ["sh", "-c", script],
      environment: ["PATH=/usr/bin:/bin", "HEDDLE_ATTEMPT_KEY=\(key)"], directory: "/",
      log: workshop.folder.file("state/\(name).log"))
  }

  private func begin(_ order: ProcessOrder, _ control: AttemptControl = AttemptControl()) -> Bool {
    let calls = calls
    return runner.begin(
      order, control: control,
      sequel: ProcessSequel(over: { calls.post(.over($0)) }, waiting: { calls.post(.waiting($0)) }))
  }

  private func wait() throws -> ProcessWait {
    guard case .waiting(let wait)? = calls.take().first else { throw Refusal() }
    return wait
  }

  private struct Refusal: Error {}

  @Test func `one that ends in a moment needs nobody who waits`() throws {
    #expect(begin(order("quick", "echo said; exit 3")))
    guard case .over(let end)? = calls.take().first else { throw Refusal() }
    #expect(end.exitCode == 3)
    #expect(try workshop.folder.text("state/quick.log") == "said\n")
  }

  @Test func `one that takes long is waited for by somebody, who learns which it is`() throws {
    #expect(begin(order("long", "\(hold); exit 4")))
    let known = Guarded(ProcessIdentity?.none)
    let (wait, folder) = (try wait(), workshop.folder)
    let fate = try wait { identity in
      known.withLock { $0 = identity }
      _ = try? folder.write("", to: "go")
    }
    guard case .ended(let end) = fate else { throw Refusal() }
    #expect(end.exitCode == 4)
    #expect(known.withLock { $0 } != nil)
  }

  @Test func `one that is to end is waited for until nothing of it is left`() throws {
    let control = AttemptControl()
    let order = order("stopped", "setsid sleep 60 & sleep 60")
    #expect(begin(order, control))
    control.stop(cause: .cancelled, killAt: 0)
    guard case .ended(let end) = try wait()({ _ in }) else { throw Refusal() }
    #expect(end.stopped == .cancelled)
    #expect(ProcessCensus.find(keys: [order.key]).isEmpty)
  }

  @Test func `one that is left before anybody waits goes on, and its log is in its place`() throws {
    let control = AttemptControl()
    let order = order("left", "echo early; \(hold)")
    #expect(begin(order, control))
    control.abandon()
    guard case .lost = try wait()({ _ in }) else { throw Refusal() }
    #expect(access(order.log, F_OK) == 0)
    Workshop.wait { !ProcessCensus.find(keys: [order.key]).isEmpty }
    try workshop.folder.write("", to: "go")
    Workshop.wait { ProcessCensus.find(keys: [order.key]).isEmpty }
  }

  @Test func `one that cannot be started is told of by who waits`() throws {
    var order = order("none", "")
    order.program = "/bin/no such program"
    #expect(begin(order))
    let wait = try wait()
    #expect(throws: AttemptFailure.self) { _ = try wait { _ in } }
  }

  @Test func `nothing is begun where the keeper does not read`() throws {
    let keeper = try workshop.keeper()
    #expect(ProcessCensus.signal(SIGSTOP, to: keeper))
    var count = 0
    while begin(order("many\(count)", "true")), count < 10_000 { count += 1 }
    #expect(count > 0 && count < 10_000)
    #expect(ProcessCensus.signal(SIGCONT, to: keeper))
    var over = 0
    while over < count { over += calls.take().count }
    #expect(over == count)
  }

  @Test func `nothing is begun where no keeper is known`() throws {
    workshop.isWarm = false
    try workshop.openBesideOthers()
    let cold = try #require(workshop.runner)
    let sequel = ProcessSequel(over: { _ in }, waiting: { _ in })
    #expect(!cold.begin(order("cold", "true"), control: AttemptControl(), sequel: sequel))
  }
}
