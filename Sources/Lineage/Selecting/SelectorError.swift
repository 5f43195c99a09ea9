/// Why a selector selects nothing, and what may have been meant.
public struct SelectorError: Error, Hashable, Sendable {
  /// What is wrong with the selector.
  /// What is wrong with it.
  public enum Kind: Sendable {
    /// The text is no selector.
    case syntax
    /// What it names does not exist, or nothing is left of it.
    case notFound
  }

  public var kind: Kind
  /// One sentence in lower case, names in 'quotes'.
  public var message: String
  /// Where in the text, in scalars from 1.
  public var column: Int
  public var length: Int
  public var help: String?

  public init(_ kind: Kind, _ message: String, column: Int, length: Int, help: String? = nil) {
    self.kind = kind
    self.message = message
    self.column = column
    self.length = max(1, length)
    self.help = help
  }
}
