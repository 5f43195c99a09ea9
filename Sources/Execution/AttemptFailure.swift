import MeshModel

/// Why an attempt failed, where no exit status of a process tells.
public struct AttemptFailure: Error, Hashable, Sendable {
  public var reason: Reason
  /// The failure may pass by itself.
  public var asksRetry: Bool
  /// Trying again cannot help.
  public var isPermanent: Bool
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

  var outcome: AttemptOutcome {
    var outcome = AttemptOutcome(state: .failed, reason: reason)
    outcome.asksRetry = asksRetry
    outcome.isPermanent = isPermanent
    return outcome
  }
}
