import MeshModel
import Planning

/// What a command asks of the process that owns the state.
public enum ControlRequest: Hashable, Sendable {
  /// Who are you?
  case hello
  /// Run a pipeline, or one of its tasks; without a partition: the latest complete one.
  case run(pipeline: PipelineName, task: String?, partition: String?, params: [String: String])
  /// Make the partitions of a plan that somebody saw.
  case backfill(ControlBackfill)
  /// Do final runs again, or parts of them, in new runs.
  case retry(RetryWish)
  /// Take a release of the project's files as they are now, and make new runs from it.
  case deploy
  case cancel(ControlTarget)
  /// Start nothing new of it; what runs goes on.
  case pause(ControlTarget)
  case resume(ControlTarget)
  /// Declare a partition of a dataset good or missing.
  case mark(dataset: DatasetName, partition: String?, as: DatasetMark)
  /// Declare stale partitions good as they are.
  case accept(AcceptWish)
  /// Approve what a task instance waits for, or reject it.
  case approve(run: RunID, task: String, index: Int, isApproved: Bool, note: String?)
  /// Declare how a task instance of a run ends.
  case markInstance(run: RunID, task: String, index: Int, as: InstanceMark)
  /// Say that one knows of these alerts.
  case acknowledge(alerts: [AlertID], note: String?)
  /// Tell nobody of alerts about what is selected, for a time.
  case silence(selector: String, span: Duration, reason: String?)
  case unsilence(SilenceID)
  /// Let whoever has its text in; that is known to the one who asks alone.
  case createToken(TokenRecord)
  /// Let nobody in with the token of that id any more.
  case revokeToken(String)

  /// How many letters somebody may say of it in their own words, which the record keeps.
  public static let longestRemark = 1000

  /// Refuses too much of that.
  func checkRemark() throws(SessionError) {
    let remark: String? =
      switch self {
      case .approve(_, _, _, _, let note), .acknowledge(_, let note): note
      case .silence(_, _, let reason): reason
      default: nil
      }
    guard let letters = remark?.unicodeScalars else { return }
    guard letters.count <= Self.longestRemark else {
      throw SessionError(
        .invalid, "a note has at most \(Self.longestRemark) letters, and this one \(letters.count)",
        help: "say where the rest can be read")
    }
    guard !letters.contains("\0") else { throw SessionError(.invalid, "a note has no NUL in it") }
  }

  /// Whether what came before it must be in the record: what becomes of it hangs on that, and two who ask in
  /// one moment would both find it as it was. Runs may be asked for as often as one likes, and quickly.
  var wantsSettledRecord: Bool {
    switch self {
    case .backfill, .retry, .mark, .accept, .approve, .markInstance, .acknowledge: true
    case .hello, .run, .deploy, .cancel, .pause, .resume, .silence, .unsilence, .createToken, .revokeToken:
      false
    }
  }
}

/// What to cancel, to pause or to resume.
public enum ControlTarget: Hashable, Sendable {
  case run(RunID)
  case backfill(BackfillID)
  /// To cancel: its live runs. To pause: whatever would start of it.
  case pipeline(PipelineName)
}

/// What an operator declares of a task instance.
public enum InstanceMark: String, Hashable, Sendable, CaseIterable {
  case success, failed, skipped
}

/// A backfill in the words in which it was asked for.
///
/// The owner plans anew with what it knows; a plan with another digest than the one that the user saw is a
/// conflict.
public struct ControlBackfill: Hashable, Sendable {
  public var selector: String
  /// The first and the last partition; nil where nothing selected has partitions.
  public var from: String?
  public var to: String?
  public var mode: BackfillRequest.Mode
  public var upstream = false
  public var downstream = false
  public var exclude: String?
  public var external = false
  public var backwards = false
  public var maxActive: Int?
  public var params: [String: String] = [:]
  /// The command as it was typed, for the record.
  public var words: String
  /// The digest of the plan that the user saw.
  public var plan: String

  public init(selector: String, mode: BackfillRequest.Mode, words: String, plan: String) {
    self.selector = selector
    self.mode = mode
    self.words = words
    self.plan = plan
  }

  /// The words of the command that asks for the same.
  ///
  /// - Parameter showsValues: whether the values of params are told, or their names alone.
  public func commandWords(showsValues: Bool) -> [String] {
    var words = ["backfill", selector]
    if let from, let to { words += ["--from", from, "--to", to] }
    if mode != .missing { words += ["--mode", mode.rawValue] }
    if upstream { words.append("--upstream") }
    if downstream { words.append("--downstream") }
    if let exclude { words += ["--exclude", exclude] }
    if external { words.append("--external") }
    if backwards { words.append("--backwards") }
    for (name, value) in params.sorted(by: { $0.key < $1.key }) {
      words += ["--param", "\(name)=\(showsValues ? value : "...")"]
    }
    return words
  }
}
