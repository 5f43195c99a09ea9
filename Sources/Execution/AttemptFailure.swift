import MeshModel

/// Why an attempt failed, where no exit status of a process tells.
public struct AttemptFailure: Error, Hashable, Sendable {
  public var reason: Reason
  /// The failure may pass by itself.
  public var asksRetry: Bool
  /// Trying again cannot help.
  public var isPermanent: Bool
  /// The machine was short of something, and nothing had begun.
  public var isOfShortage = false
  /// Told to the log besides the reason: a bad row's text, a statement.
  public var details: String?

  public init(
    _ code: String, _ text: String, asksRetry: Bool = false, isPermanent: Bool = false,
    details: String? = nil
  ) {
    reason = Reason(code, text)
    self.asksRetry = asksRetry
    self.isPermanent = isPermanent
    self.details = details
  }

  /// A failure of the machine's, which may pass.
  ///
  /// - Parameter number: what the kernel said.
  init(_ code: String, _ text: String, errno number: Int32) {
    self.init(code, "\(text): \(systemMessage(number))", asksRetry: true)
    isOfShortage = Shortage.isNamed(by: number)
  }

  var outcome: AttemptOutcome {
    var outcome = AttemptOutcome(state: .failed, reason: reason)
    outcome.asksRetry = asksRetry
    outcome.isPermanent = isPermanent
    return outcome
  }
}
