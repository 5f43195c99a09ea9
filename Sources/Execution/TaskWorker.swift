import Access
import Basics
import Glibc
import MeshModel
import Planning
import Records
import SQLite

/// Does one attempt or evaluation from beginning to end, on the thread that calls it.
struct TaskWorker: Sendable {
  private let state: StateDirectory
  private let processes: ProcessTask
  private let stores: StoreWorker
  private let isolated: IsolatedTask
  private let prober: Prober
  /// This process is there for one attempt, and what it prints is the attempt's log.
  private let isAlone: Bool
  private let report: @Sendable (WorkerReport) -> Void

  init(
    state: StateDirectory, stateIdentity: String, clock: any Clock,
    runner: any ProcessRunner, environment: (String) -> String?,
    limits: DomainConnection.Limits = .init(), isAlone: Bool = false,
    report: @escaping @Sendable (WorkerReport) -> Void
  ) {
    self.state = state
    self.report = report
    self.isAlone = isAlone
    stores = StoreWorker(
      connections: StoreConnections(state: state, limits: limits), bound: BoundValues(), clock: clock,
      stateIdentity: stateIdentity)
    processes = ProcessTask(
      environment: TaskEnvironment(
        secrets: SecretFiles(folder: state.secrets), environment: environment),
      runner: runner, state: state)
    prober = Prober(
      stores: stores, web: WebProbe(folder: state.temporary, environment: environment), clock: clock)
    isolated = IsolatedTask(runner: runner, state: state, stateIdentity: stateIdentity, stores: stores)
  }

  /// In the process of one isolated attempt.
  init(isolatedIn state: StateDirectory, stateIdentity: String, clock: any Clock) {
    var limits = DomainConnection.Limits()
    limits.memory = Isolated.memory
    limits.length = Isolated.length
    SQLiteLibrary.spillTemporaryFiles(to: state.temporary)
    self.init(
      state: state, stateIdentity: stateIdentity, clock: clock,
      runner: KeeperRunner(clock: clock, folder: state.keepers, spool: state.spool),
      environment: { _ in nil }, limits: limits, isAlone: true, report: { _ in })
  }

  private func log(_ order: AttemptOrder, _ site: TaskSite) -> String {
    isAlone ? LogFiles.ownOutput : state.log(of: order.id, task: site.task.name)
  }

  /// Carries out an attempt. Whatever goes wrong is in the outcome.
  ///
  /// - Parameter wait: waits for what `begin` has begun of it; nil: nothing is.
  func outcome(
    of order: AttemptOrder, control: AttemptControl, begun wait: ProcessWait? = nil
  ) -> AttemptOutcome {
    if wait == nil, let request = control.request {
      return AttemptOutcome(state: request.cause.attemptState, reason: request.cause.reason(killed: false))
    }
    guard let site = TaskSite(order.context) else {
      return AttemptFailure("release", "the release has no such task", isPermanent: true).outcome
    }
    return logged(order, site: site, control: control) { () throws(AttemptFailure) in
      do throws(AttemptFailure) {
        if let wait {
          return try processes.wait(
            wait, order: order, task: site.task.name, running: { report(.running(order.id, $0)) })
        }
      } catch {
        guard error.isOfShortage, !control.isOver else { throw error }
      }
      return try carryOut(order, site: site, control: control)
    }
  }

  /// Begins an attempt and returns without having waited for anything; false: that cannot be done, and
  /// `outcome` does all of it.
  ///
  /// - Parameters:
  ///   - over: told what came of it, on any thread, unless `waiting` is called.
  ///   - waiting: told that somebody is to ask for the `outcome` of what was begun.
  func begin(
    _ order: AttemptOrder, control: AttemptControl, over: @escaping @Sendable (AttemptOutcome) -> Void,
    waiting: @escaping @Sendable (@escaping ProcessWait) -> Void
  ) -> Bool {
    guard let site = TaskSite(order.context), !site.task.isolate, case .run(let command) = site.task.kind
    else { return false }
    return processes.begin(
      command, site: site, order: order, control: control, over: over, waiting: waiting)
  }

  /// Waits for what became of an attempt that an earlier owner started, and begins nothing anew. Whatever
  /// goes wrong is in the outcome.
  func adopted(_ order: AttemptOrder, control: AttemptControl) -> AttemptOutcome {
    guard let site = TaskSite(order.context) else {
      _ = ProcessCensus.kill(order.key, process: order.process)
      return AttemptOutcome(state: .lost, reason: Reason("lost", "its release has no such task any more"))
    }
    return logged(order, site: site, control: control) { () throws(AttemptFailure) in
      try adopt(order, site: site, control: control)
    }
  }

  /// Puts a failure that was not the process's own into the log as well.
  private func logged(
    _ order: AttemptOrder, site: TaskSite, control: AttemptControl,
    _ body: () throws(AttemptFailure) -> AttemptOutcome
  ) -> AttemptOutcome {
    do throws(AttemptFailure) {
      return try body()
    } catch {
      if error.reason.code == "stopped", let cause = control.request?.cause {
        return AttemptOutcome(state: cause.attemptState, reason: cause.reason(killed: false))
      }
      let lines = [error.reason.text, error.details].compactMap { $0 }
      if !control.isAbandoned {
        LogFiles.append(
          "heddle: " + lines.joined(separator: "\n"), to: log(order, site))
      }
      return error.outcome
    }
  }

  private func adopt(
    _ order: AttemptOrder, site: TaskSite, control: AttemptControl
  ) throws(AttemptFailure) -> AttemptOutcome {
    if site.task.isolate {
      return try isolated.adopt(
        order, site: site, control: control, running: { report(.running(order.id, $0)) })
    }
    if case .run = site.task.kind { return try awaitAdopted(order, site: site, control: control) }
    if let done = try stores.committed(order, site: site, state: state, control: control) { return done }
    guard case .load(let load) = site.task.kind, case .command = load.source else {
      return AttemptOutcome(
        state: .lost, reason: Reason("lost", "its owner ended before its work was committed"))
    }
    let printed = try awaitAdopted(order, site: site, control: control)
    return try bring(load, printed: printed, order, site: site, control: control)
  }

  private func awaitAdopted(
    _ order: AttemptOrder, site: TaskSite, control: AttemptControl
  ) throws(AttemptFailure) -> AttemptOutcome {
    try processes.adopt(
      order, task: site.task.name, control: control, running: { report(.running(order.id, $0)) })
  }

  private func carryOut(
    _ order: AttemptOrder, site: TaskSite, control: AttemptControl
  ) throws(AttemptFailure) -> AttemptOutcome {
    if site.task.isolate {
      var file: String?
      if case .load(let load) = site.task.kind, case .file(let value) = load.source {
        file = try stores.value(value, site: site, control: control).text
      }
      return try isolated.run(
        order, site: site, file: file, control: control, running: { report(.running(order.id, $0)) })
    }
    switch site.task.kind {
    case .run(let command):
      return try run(command, order, site: site, control: control, printed: nil)
    case .sql(let sql):
      return try stores.run(sql, site: site, order: order, control: control)
    case .wait, .approve, .trigger:
      throw AttemptFailure("release", "the task waits, and does no work", isPermanent: true)
    case .load(let load):
      switch load.source {
      case .file(let file):
        let name = try stores.value(file, site: site, control: control).text
        guard !name.isEmpty else { throw AttemptFailure("load", "the load names no file") }
        let path = name.hasPrefix("/") ? name : site.mesh.root + "/" + name
        return try bring(load, from: path, name: name, order, site: site, control: control)
      case .command(let command):
        try LogFiles.makeFolder(state.logFolder(of: order.id.instance, task: site.task.name))
        let rows = rows(of: order, site: site)
        let printed: AttemptOutcome
        do throws(AttemptFailure) {
          printed = try run(command, order, site: site, control: control, printed: rows)
        } catch {
          unlink(rows)
          throw error
        }
        return try bring(load, printed: printed, order, site: site, control: control)
      }
    }
  }

  /// Where the command of a load prints its rows.
  private func rows(of order: AttemptOrder, site: TaskSite) -> String {
    state.logFolder(of: order.id.instance, task: site.task.name) + "/\(order.id.number).rows"
  }

  /// Loads what a command has printed, if it succeeded.
  private func bring(
    _ load: LoadTask, printed: AttemptOutcome, _ order: AttemptOrder, site: TaskSite, control: AttemptControl
  ) throws(AttemptFailure) -> AttemptOutcome {
    let path = rows(of: order, site: site)
    // If we only leave, the next owner needs them.
    defer { if !control.isAbandoned { unlink(path) } }
    guard printed.state == .success else { return printed }
    let name = "the command's output"
    var outcome = try bring(load, from: path, name: name, order, site: site, control: control)
    outcome.exitCode = printed.exitCode
    outcome.bytes = printed.bytes
    outcome.processorMilliseconds = printed.processorMilliseconds
    outcome.peakMemory = printed.peakMemory
    return outcome
  }

  private func run(
    _ command: Command, _ order: AttemptOrder, site: TaskSite, control: AttemptControl, printed: String?
  ) throws(AttemptFailure) -> AttemptOutcome {
    try processes.run(
      command, site: site, order: order, control: control, printed: printed,
      evaluate: { (value) throws(AttemptFailure) in
        try stores.value(value, site: site, control: control)
      },
      running: { report(.running(order.id, $0)) })
  }

  /// Loads the rows of a file in one transaction.
  private func bring(
    _ load: LoadTask, from path: String, name: String, _ order: AttemptOrder, site: TaskSite,
    control: AttemptControl
  ) throws(AttemptFailure) -> AttemptOutcome {
    let log = log(order, site)
    var loader = RowLoader(load, path: path, name: name, log: log)
    let signal = StopSignal()
    var outcome = try stores.stoppable(by: control, signal) { () throws(AttemptFailure) in
      try stores.write(site, order, reading: nil, signal) { (connection, _) throws(AttemptFailure) in
        try loader.run(site: site, task: stores, control: control, on: connection)
      }
    }
    if let rows = outcome.rows, loader.badRows > 0 {
      outcome.output = "{\"rows\":\(rows),\"bad_rows\":\(loader.badRows)}"
      LogFiles.append("\(loader.badRows) bad rows of \(name) were left out", to: log)
    }
    return outcome
  }

  /// Looks whether what a task waits for is there.
  func answer(to order: ProbeOrder, control: AttemptControl) -> ProbeAnswer {
    prober.answer(to: order, control: control)
  }

  /// Evaluates a task's `when` or `each`, or the values of what it triggers.
  func answer(to order: EvaluationOrder, control: AttemptControl) -> EvaluationAnswer {
    guard let site = TaskSite(order.context) else {
      return .failed(Reason("release", "the release has no such task"))
    }
    return stores.answer(to: order, site: site, control: control)
  }
}
