import Glibc
import MeshModel
import Planning
import Records

/// Carries out commands: the tasks that are processes, and the processes that print rows for a load.
struct ProcessTask: Sendable {
  let environment: TaskEnvironment
  let runner: any ProcessRunner
  let state: StateDirectory
  private let folders = KnownFolders()

  init(environment: TaskEnvironment, runner: any ProcessRunner, state: StateDirectory) {
    self.environment = environment
    self.runner = runner
    self.state = state
  }

  /// Runs a command for an attempt.
  ///
  /// - Parameters:
  ///   - printed: a file for what it prints; nil: the log.
  ///   - evaluate: computes a declared value that is written as SQL.
  /// - Returns: what its end means, with what it told in `$HEDDLE_OUTPUT`.
  func run(
    _ command: Command, site: TaskSite, order: AttemptOrder, control: AttemptControl, printed: String? = nil,
    evaluate: (ValueExpression) throws(AttemptFailure) -> Scalar, running: (ProcessIdentity) -> Void
  ) throws(AttemptFailure) -> AttemptOutcome {
    let processOrder = try processOrder(command, site, order, printed: printed, evaluate: evaluate)
    let fate = try Shortage.outlast(control) { () throws(AttemptFailure) in
      try runner.run(processOrder, control: control, running: running)
    }
    return outcome(of: fate, output: state.output(of: order.id, task: site.task.name))
  }

  /// Starts a command for an attempt and returns without having waited for anything; false: that cannot be
  /// done, and `run` does.
  ///
  /// - Parameters:
  ///   - over: told what its end means, on any thread, unless `waiting` is called.
  ///   - waiting: told that somebody is to `wait` for it.
  func begin(
    _ command: Command, site: TaskSite, order: AttemptOrder, control: AttemptControl,
    over: @escaping @Sendable (AttemptOutcome) -> Void,
    waiting: @escaping @Sendable (@escaping ProcessWait) -> Void
  ) -> Bool {
    guard command.isLiteral, site.task.secrets.isEmpty, site.task.env.allSatisfy(\.value.isLiteral),
      let processOrder = try? processOrder(
        command, site, order, printed: nil,
        evaluate: { (value) throws(AttemptFailure) in try value.ofLiteral })
    else { return false }
    let output = state.output(of: order.id, task: site.task.name)
    let sequel = ProcessSequel(
      over: { end in
        // To read what it told, or to say why one cannot, may take a while, and others end meanwhile.
        var status = stat()
        if lstat(output, &status) < 0 && errno == ENOENT { return over(end.outcome) }
        waiting { (_) in .ended(end) }
      }, waiting: waiting)
    return runner.begin(processOrder, control: control, sequel: sequel)
  }

  /// Waits for a command that `begin` has started.
  func wait(
    _ wait: ProcessWait, order: AttemptOrder, task: String, running: @escaping (ProcessIdentity) -> Void
  ) throws(AttemptFailure) -> AttemptOutcome {
    outcome(of: try wait(running), output: state.output(of: order.id, task: task))
  }

  private func processOrder(
    _ command: Command, _ site: TaskSite, _ order: AttemptOrder, printed: String?,
    evaluate: (ValueExpression) throws(AttemptFailure) -> Scalar
  ) throws(AttemptFailure) -> ProcessOrder {
    let output = state.output(of: order.id, task: site.task.name)
    let variables = try environment.variables(of: site, order: order, output: output, evaluate: evaluate)
    var arguments: [String] = []
    switch command.form {
    case .shell(let text): arguments = ["/bin/sh", "-c", text]
    case .arguments(let items): for item in items { arguments.append(try evaluate(item).text) }
    }
    for argument in arguments where argument.utf8.contains(0) {
      throw AttemptFailure(
        "arguments", "an argument holds a NUL character, which no process can be given", isPermanent: true)
    }
    guard let name = arguments.first, !name.isEmpty else {
      throw AttemptFailure("arguments", "the command names no program", isPermanent: true)
    }
    try folders.make(state.logFolder(ofRun: order.id.instance.run))
    return ProcessOrder(
      key: order.key, program: Self.path(of: name, environment: variables, directory: command.directory),
      arguments: arguments, environment: variables, directory: command.directory,
      log: state.log(of: order.id, task: site.task.name), output: printed)
  }

  /// Waits for the command that an earlier owner started for the attempt.
  func adopt(
    _ order: AttemptOrder, task: String, control: AttemptControl, running: (ProcessIdentity) -> Void
  ) throws(AttemptFailure) -> AttemptOutcome {
    let log = state.log(of: order.id, task: task)
    let fate = try runner.adopt(
      order.key, process: order.process, log: log, control: control, running: running)
    return outcome(of: fate, output: state.output(of: order.id, task: task))
  }

  /// Adds what the task told. What it told badly fails it, but never hides that it failed already.
  private func outcome(of fate: ProcessFate, output: String) -> AttemptOutcome {
    let end: ProcessEnd
    switch fate {
    case .ended(let found): end = found
    case .lost(let reason): return AttemptOutcome(state: .lost, reason: reason)
    }
    var outcome = end.outcome
    do throws(AttemptFailure) {
      guard let told = try TaskOutput.read(output) else { return outcome }
      outcome.rows = told.rows
      outcome.bytes = told.bytes
      outcome.output = told.json
      outcome.content = told.content
    } catch {
      if outcome.state == .success {
        outcome.state = .failed
        outcome.reason = error.reason
      }
    }
    return outcome
  }

  /// Finds a program as a shell would: a name without a slash along the PATH that the process is given.
  static func path(of name: String, environment: [String], directory: String) -> String {
    guard !name.utf8.contains(UInt8(ascii: "/")) else { return name }
    let path = environment.first { $0.hasPrefix("PATH=") }?.dropFirst(5) ?? "/usr/local/bin:/usr/bin:/bin"
    for folder in path.split(separator: ":") {
      let place = folder.hasPrefix("/") ? "\(folder)/\(name)" : "\(directory)/\(folder)/\(name)"
      var status = stat()
      let isFile = stat(place, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
      if isFile && access(place, X_OK) == 0 { return place }
    }
    // Without a slash it would be looked for in the task's folder, where nobody expects it.
    return "/nowhere in PATH/\(name)"
  }
}

extension Command {
  /// Nothing has to be looked up to start it.
  fileprivate var isLiteral: Bool {
    guard case .arguments(let items) = form else { return true }
    guard items.allSatisfy(\.isLiteral), case .literal(let program)? = items.first else { return false }
    return program.text.utf8.contains(UInt8(ascii: "/"))
  }
}

extension ValueExpression {
  fileprivate var isLiteral: Bool { if case .literal = self { true } else { false } }

  /// Its value, without asking a store.
  fileprivate var ofLiteral: Scalar {
    get throws(AttemptFailure) {
      guard case .literal(let value) = self else { throw AttemptFailure("value", "the value is SQL") }
      return value
    }
  }
}
