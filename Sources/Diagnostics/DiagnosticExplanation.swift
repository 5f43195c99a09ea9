/// What a code means, for `heddle check --explain`.
public struct DiagnosticExplanation: Hashable, Sendable {
  public var code: String
  /// A paragraph: the mistake, why it is one, and the cure.
  public var text: String

  public init(_ code: String, _ text: String) {
    self.code = code
    self.text = text
  }
}
