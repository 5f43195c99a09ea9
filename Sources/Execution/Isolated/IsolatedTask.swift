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
    let bytes = IsolatedOrder.encode(
      order, site: site, state: state, stateIdentity: stateIdentity, file: file)
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW
    guard FileDescriptor(path: place.order, flags: flags, mode: 0o600)?.write(bytes) == true else {
      throw AttemptFailure(
        "isolate", "\(place.order) cannot be written: \(systemMessage(errno))", asksRetry: true)
    }
    let process = ProcessOrder(
      key: order.key, program: KeeperProgram.sibling,
      arguments: ["heddle", Isolated.word, place.order, place.outcome],
      environment: ["\(ProcessCensus.keyVariable)=\(order.key)", "PATH=/usr/local/bin:/usr/bin:/bin"],
      directory: site.mesh.root, log: state.log(of: order.id, task: site.task.name))
    return try alone(site) { () throws(AttemptFailure) in
      let fate = try runner.run(process, control: control, running: running)
      return try outcome(of: fate, order, site, told: place.outcome)
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
      return try outcome(of: fate, order, site, told: place.outcome)
    }
  }

  /// The process has the only connection that writes the store.
  private func alone(
    _ site: TaskSite, _ body: () throws(AttemptFailure) -> AttemptOutcome
  ) throws(AttemptFailure) -> AttemptOutcome {
    try site.writesStore ? stores.connections.withoutWriter(site, body) : body()
  }

  /// What the store holds counts, whatever became of the process.
  private func outcome(
    of fate: ProcessFate, _ order: AttemptOrder, _ site: TaskSite, told path: String
  ) throws(AttemptFailure) -> AttemptOutcome {
    let told = FileDescriptor.contents(of: path, most: 64 << 20)
      .flatMap { (try? JSONValue(parsing: $0))?.outcome }
    var outcome: AttemptOutcome
    let end: ProcessEnd
    switch fate {
    case .lost(let reason):
      if let told { return told }
      return try stores.committed(order, site: site, state: state)
        ?? AttemptOutcome(state: .lost, reason: reason)
    case .ended(let found): end = found
    }
    if let told {
      outcome = told
    } else if let done = try stores.committed(order, site: site, state: state) {
      outcome = done
    } else if let cause = end.stopped {
      outcome = AttemptOutcome(state: cause.attemptState, reason: cause.reason(killed: end.wasKilled))
    } else {
      let end = end.signal.map { "was ended by \(signalName($0))" } ?? "exited with \(end.exitCode ?? 0)"
      outcome = AttemptOutcome(
        state: .failed, reason: Reason("isolate", "its process \(end) before it told what came of it"))
    }
    outcome.processorMilliseconds = end.processorMilliseconds
    outcome.peakMemory = end.peakMemory
    return outcome
  }

  private func place(of order: AttemptOrder, _ site: TaskSite) -> (order: String, outcome: String) {
    let path = state.output(of: order.id, task: site.task.name)
    return (path + ".order", path + ".outcome")
  }

  private func forget(_ place: (order: String, outcome: String)) {
    for path in [place.order, place.outcome, place.outcome + ".new"] { unlink(path) }
  }
}
