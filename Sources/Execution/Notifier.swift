import Basics
import Glibc
import MeshModel
import Planning
import Records

/// Tells somebody of alerts, by running the process that they declared for it.
///
/// It is a child of ours and of no keeper: whoever owns the state next tells them again.
struct Notifier: Sendable {
  /// What the names of its files begin with.
  static let filePrefix = "notification-"
  /// Where it finds the alerts, and leaves what it prints.
  private let folder: String
  private let inherited: [String]

  /// What its failures are called that are none of the process's.
  private static let code = "notify"
  /// How long it may take, in milliseconds.
  private static let patience: Int32 = 60_000
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
    let told = "\(folder)/\(Self.filePrefix)\(order.id).json"
    let printed = "\(folder)/\(Self.filePrefix)\(order.id).log"
    defer {
      unlink(told)
      unlink(printed)
    }
    do throws(AttemptFailure) {
      try LogFiles.makeFolder(folder)
      try LogFiles.make(told, holding: Self.document(of: order), code: Self.code)
      try LogFiles.make(printed, code: Self.code)
      let process = process(of: order, told: told, printed: printed)
      return failure(try process.run(control) { refusal(printed: printed) }, printed: printed)
    } catch {
      return error.reason
    }
  }

  private func process(of order: NotificationOrder, told: String, printed: String) -> AttendedProcess {
    let arguments: [String] =
      switch order.command.form {
      case .shell(let text): ["/bin/sh", "-c", text]
      case .arguments(let items):
        items.map { item in if case .literal(let value) = item { value.text } else { "" } }
      }
    return AttendedProcess(
      arguments: arguments, environment: inherited + Self.variables(of: order, told: told),
      directory: order.command.directory, output: nil, errors: printed, patience: Self.patience,
      code: Self.code)
  }

  /// What was wrong about how it ended; nil: nothing.
  private func failure(_ end: AttendedProcess.End, printed: String) -> Reason? {
    let text: String
    switch end {
    case .exited(0): return nil
    case .exited(let status): text = "exit code \(status)"
    case .signalled: text = "a signal ended it"
    case .tooLong: return Reason("timed_out", "it took longer than \(Self.patience / 1000) s")
    case .refused(let reason): return reason
    }
    let line = Self.lastLine(of: printed)
    return Reason("exit", line.isEmpty ? text : "\(text): \(line)")
  }

  /// It is not to print without end.
  private func refusal(printed: String) -> Reason? {
    var status = stat()
    guard stat(printed, &status) == 0, status.st_size > Self.longestOutput else { return nil }
    return Reason("output", "it printed more than 1 MiB")
  }

  /// The last line that it printed, in printable characters.
  private static func lastLine(of path: String) -> String {
    let bytes = FileDescriptor.contents(of: path, most: Int(longestOutput)) ?? []
    let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    return shown(lines.last { !$0.allSatisfy(\.isWhitespace) } ?? "", most: shownOutput)
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
  static func shown(_ text: some StringProtocol, most: Int = longestVariable) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.prefix(most).filter { $0.value >= 32 }))
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
