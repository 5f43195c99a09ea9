import Basics
import CSystem
import Glibc
import MeshModel
import Planning
import Records

/// Tells somebody of alerts, by running the process that they declared for it.
///
/// It is a child of ours and of no keeper: whoever owns the state next tells them again.
struct Notifier: Sendable {
  /// Where it finds the alerts, and leaves what it prints.
  private let folder: String
  private let inherited: [String]

  /// How long it may take, in milliseconds.
  private static let patience: Int32 = 60_000
  /// How often it is looked whether it is to end, in milliseconds.
  private static let glance: Int32 = 100
  /// It may print so much.
  private static let longestOutput: off_t = 1 << 20
  /// Of what it printed so much is told when it failed.
  private static let shownOutput = 300

  init(folder: String, environment: (String) -> String?) {
    self.folder = folder
    inherited = TaskEnvironment.inherited.compactMap { name in environment(name).map { "\(name)=\($0)" } }
  }

  /// Runs the process; nil: it ended with 0.
  func failure(of order: NotificationOrder, control: AttemptControl) -> Reason? {
    let told = "\(folder)/notification-\(order.id).json"
    let printed = "\(folder)/notification-\(order.id).log"
    defer {
      unlink(told)
      unlink(printed)
    }
    do throws(AttemptFailure) {
      try LogFiles.makeFolder(folder)
      try write(Self.document(of: order), to: told)
      try write([], to: printed)
      let pid = try start(order, told: told, printed: printed)
      return wait(for: pid, printed: printed, control)
    } catch {
      return error.reason
    }
  }

  private func write(_ bytes: [UInt8], to path: String) throws(AttemptFailure) {
    unlink(path)
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
    guard let file = FileDescriptor(path: path, flags: flags, mode: 0o600), file.write(bytes) else {
      throw AttemptFailure("notify", "\(path) cannot be written", errno: errno)
    }
  }

  private func start(
    _ order: NotificationOrder, told: String, printed: String
  ) throws(AttemptFailure) -> pid_t {
    let variables = inherited + Self.variables(of: order, told: told)
    let arguments: [String] =
      switch order.command.form {
      case .shell(let text): ["/bin/sh", "-c", text]
      case .arguments(let items):
        items.map { item in if case .literal(let value) = item { value.text } else { "" } }
      }
    for text in arguments + variables where text.utf8.contains(0) {
      throw AttemptFailure("notify", "an argument or a variable would hold a NUL character")
    }
    let directory = order.command.directory
    let program = ProcessTask.path(
      of: arguments.first ?? "", environment: variables, directory: directory)
    let environment = CTexts(variables)
    var pid: pid_t = 0
    let failure = CTexts(arguments).withPointers { arguments in
      environment.withPointers { heddle_spawn(&pid, program, arguments, $0, directory, nil, printed, nil) }
    }
    guard failure == 0 else {
      throw AttemptFailure("notify", "'\(arguments.first ?? "")' cannot be started", errno: failure)
    }
    return pid
  }

  /// Waits for the process. It and its session are killed when its time is over, when it prints without end,
  /// and when nobody wants to know any more.
  private func wait(for pid: pid_t, printed: String, _ control: AttemptControl) -> Reason? {
    let process = FileDescriptor(owning: heddle_pidfd_open(pid))
    var left = Self.patience
    var cause: Reason?
    while let process {
      var question = pollfd(fd: process.number, events: Int16(POLLIN), revents: 0)
      if poll(&question, 1, Self.glance) > 0 { break }
      left -= Self.glance
      var status = stat()
      if left <= 0 {
        cause = Reason("timed_out", "it took longer than \(Self.patience / 1000) s")
      } else if stat(printed, &status) == 0, status.st_size > Self.longestOutput {
        cause = Reason("output", "it printed more than 1 MiB")
      }
      if cause != nil || control.isOver { break }
    }
    // What it left behind goes with it; its number is its own until it is waited for.
    kill(-pid, SIGKILL)
    if cause != nil || control.isOver { kill(pid, SIGKILL) }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    if let cause { return cause }
    if heddle_exited(status) != 0, heddle_exit_status(status) == 0 { return nil }
    let end = heddle_exited(status) != 0 ? "exit code \(heddle_exit_status(status))" : "a signal ended it"
    let text = Self.lastLine(of: printed)
    return Reason("exit", text.isEmpty ? end : "\(end): \(text)")
  }

  /// The last line that it printed, in printable characters.
  private static func lastLine(of path: String) -> String {
    let bytes = FileDescriptor.contents(of: path, most: Int(longestOutput)) ?? []
    let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    let line = lines.last { !$0.allSatisfy(\.isWhitespace) } ?? ""
    return String(String.UnicodeScalarView(line.unicodeScalars.prefix(shownOutput).filter { $0.value >= 32 }))
  }

  /// What it is told: of the first alert in variables, and where all of them are.
  static func variables(of order: NotificationOrder, told: String) -> [String] {
    var variables = [
      "HEDDLE_PROJECT=\(order.project)", "HEDDLE_ALERT_FILE=\(told)",
      "HEDDLE_ALERT_COUNT=\(order.alerts.count)",
      "HEDDLE_ALERT_ATTEMPT=\(order.attempt)",
    ]
    guard let first = order.alerts.first else { return variables }
    let others = order.alerts.count - 1
    let more = others == 0 ? "" : " (and \(others) more)"
    variables += [
      "HEDDLE_ALERT_ID=\(first.id)", "HEDDLE_ALERT_KIND=\(first.cause.kind.rawValue)",
      "HEDDLE_ALERT_SUBJECT=\(first.subject)", "HEDDLE_ALERT_DOMAIN=\(first.cause.pipeline.domain)",
      "HEDDLE_ALERT_PIPELINE=\(first.cause.pipeline)", "HEDDLE_ALERT_PARTITION=\(first.cause.partition)",
      "HEDDLE_ALERT_RUN=\(first.run.map { String($0) } ?? "")",
      "HEDDLE_ALERT_REASON=\(shown(first.reason.text))",
      "HEDDLE_ALERT_TEXT=\(first.subject): \(shown(first.reason.text))\(more)",
    ]
    return variables
  }

  /// The file holds the whole text: one that is too long for a variable, or no text at all, would stop all
  /// that is told with it.
  static func shown(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.prefix(longestVariable).filter { $0.value >= 32 }))
  }

  private static let longestVariable = 4096

  /// All alerts, as JSON.
  static func document(of order: NotificationOrder) -> [UInt8] {
    JSONWriter.document("notification") { writer in
      writer.key("notification")
      writer.integer(order.id)
      writer.key("attempt")
      writer.integer(order.attempt)
      writer.key("count")
      writer.integer(order.alerts.count)
      writer.key("alerts")
      writer.array { writer in
        for alert in order.alerts {
          writer.object { writer in
            writer.key("id")
            writer.integer(alert.id)
            writer.key("kind")
            writer.string(alert.cause.kind.rawValue)
            writer.alertSubject(alert)
            writer.moment("raised_at", alert.raisedAt)
          }
        }
      }
    }
  }
}
