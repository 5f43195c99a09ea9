import Basics
import Glibc
import MeshModel
import Planning
import Records

/// Has attempts carried out by processes of their own, which memory and time can be taken from.
struct IsolatedTask: Sendable {
  let runner: any ProcessRunner
  let state: StateDirectory
  let stateIdentity: String
  let stores: StoreWorker

  /// Bytes of an order or an outcome.
  static let mostBytes = 64 << 20

  /// Runs the attempt in a process.
  ///
  /// - Parameter file: where the rows of a load are.
  func run(
    _ order: AttemptOrder, site: TaskSite, file: String?, control: AttemptControl,
    running: (ProcessIdentity) -> Void
  ) throws(AttemptFailure) -> AttemptOutcome {
    try LogFiles.makeFolder(state.logFolder(ofRun: order.id.instance.run))
    let place = place(of: order, site)
    defer { if !control.isAbandoned { forget(place) } }
    try write(
      IsolatedOrder.encode(order, site: site, state: state, stateIdentity: stateIdentity, file: file),
      to: place)
    let process = ProcessOrder(
      key: order.key, program: KeeperProgram.sibling,
      arguments: ["heddle", Isolated.word, place.order, place.outcome],
      environment: [
        "HEDDLE_PROJECT=\(site.mesh.root)", "\(ProcessCensus.keyVariable)=\(order.key)",
        "PATH=/usr/local/bin:/usr/bin:/bin", "SWIFT_BACKTRACE=enable=no",
      ],
      directory: site.mesh.root, log: state.log(of: order.id, task: site.task.name))
    return try alone(site) { () throws(AttemptFailure) in
      let fate = try Shortage.outlast(control) { () throws(AttemptFailure) in
        try runner.run(process, control: control, running: running)
      }
      return try outcome(of: fate, order, site, told: place.outcome, control)
    }
  }

  /// Waits for the process that an earlier owner started.
  func adopt(
    _ order: AttemptOrder, site: TaskSite, control: AttemptControl, running: (ProcessIdentity) -> Void
  ) throws(AttemptFailure) -> AttemptOutcome {
    let place = place(of: order, site)
    defer { if !control.isAbandoned { forget(place) } }
    return try alone(site) { () throws(AttemptFailure) in
      let fate = try runner.adopt(
        order.key, process: order.process, log: state.log(of: order.id, task: site.task.name),
        control: control, running: running)
      return try outcome(of: fate, order, site, told: place.outcome, control)
    }
  }

  /// The process has the only connection that writes the store.
  private func alone(
    _ site: TaskSite, _ body: () throws(AttemptFailure) -> AttemptOutcome
  ) throws(AttemptFailure) -> AttemptOutcome {
    try site.writesStore ? stores.connections.withoutWriter(site, body) : body()
  }

  /// Adds to what the attempt came to what its process took.
  private func outcome(
    of fate: ProcessFate, _ order: AttemptOrder, _ site: TaskSite, told path: String,
    _ control: AttemptControl
  ) throws(AttemptFailure) -> AttemptOutcome {
    // The process goes on, and the next owner learns what becomes of it.
    if control.isAbandoned, case .lost(let reason) = fate {
      return AttemptOutcome(state: .lost, reason: reason)
    }
    let told = FileDescriptor.contents(of: path, most: Self.mostBytes)
      .flatMap { (try? JSONValue(parsing: $0))?.outcome(of: order.key) }
    let done =
      site.writesStore ? try stores.committed(order, site: site, state: state, control: control) : nil
    var outcome = Self.outcome(told: told, done: done, fate, writesStore: site.writesStore)
    if case .ended(let end) = fate {
      outcome.processorMilliseconds = end.processorMilliseconds
      outcome.peakMemory = end.peakMemory
    }
    return outcome
  }

  /// What the store holds counts, whatever became of the process and whatever it told.
  private static func outcome(
    told: AttemptOutcome?, done: AttemptOutcome?, _ fate: ProcessFate, writesStore: Bool
  ) -> AttemptOutcome {
    if let done { return told?.state == .success ? told ?? done : done }
    if let told, !(told.state == .success && writesStore) { return told }
    if told != nil {
      return AttemptOutcome(
        state: .failed,
        reason: Reason("isolate", "its process told of success, and the store does not hold its work"))
    }
    switch fate {
    case .lost(let reason): return AttemptOutcome(state: .lost, reason: reason)
    case .ended(let end):
      if let cause = end.stopped {
        return AttemptOutcome(state: cause.attemptState, reason: cause.reason(killed: end.wasKilled))
      }
      let end = end.signal.map { "was ended by \(signalName($0))" } ?? "exited with \(end.exitCode ?? 0)"
      return AttemptOutcome(
        state: .failed, reason: Reason("isolate", "its process \(end) before it told what came of it"))
    }
  }

  private func write(_ order: [UInt8], to place: (order: String, outcome: String)) throws(AttemptFailure) {
    guard order.count <= Self.mostBytes else {
      throw AttemptFailure(
        "isolate",
        "what its upstreams told is more than the \(Self.mostBytes >> 20) MiB that its process takes",
        isPermanent: true)
    }
    // A state that was put back from a copy may come to the same number of an attempt again.
    unlink(place.outcome)
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW
    guard FileDescriptor(path: place.order, flags: flags, mode: 0o600)?.write(order) == true else {
      throw AttemptFailure("isolate", "\(place.order) cannot be written", errno: errno)
    }
  }

  private func place(of order: AttemptOrder, _ site: TaskSite) -> (order: String, outcome: String) {
    let path = state.output(of: order.id, task: site.task.name)
    return (path + ".order", path + ".outcome")
  }

  private func forget(_ place: (order: String, outcome: String)) {
    for path in [place.order, place.outcome, place.outcome + ".new"] { unlink(path) }
  }
}
