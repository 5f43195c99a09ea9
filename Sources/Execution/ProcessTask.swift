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
    let processOrder = ProcessOrder(
      key: order.key, program: Self.path(of: name, environment: variables, directory: command.directory),
      arguments: arguments, environment: variables, directory: command.directory,
      log: state.log(of: order.id, task: site.task.name), output: printed)
    let fate = try Shortage.outlast(control) { () throws(AttemptFailure) in
      try runner.run(processOrder, control: control, running: running)
    }
    return outcome(of: fate, output: output)
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
