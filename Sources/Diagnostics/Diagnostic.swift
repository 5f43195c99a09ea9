/// An author's mistake, or a doubt about what was meant: said once, with its place and its cure.
///
/// Diagnostics are collected and never thrown, so one pass reports them all.
public struct Diagnostic: Sendable {
  /// How bad it is.
  public enum Severity: String, Sendable, Comparable {
    /// Nothing that holds it runs.
    case error
    /// It runs, though perhaps not as meant.
    case warning

    public static func < (left: Severity, right: Severity) -> Bool { left == .error && right == .warning }
  }

  /// Another place that belongs to the same mistake.
  public struct Note: Sendable {
    public var message: String
    public var position: SourcePosition?

    public init(_ message: String, at position: SourcePosition? = nil) {
      self.message = message
      self.position = position
    }
  }

  public var severity: Severity
  /// A stable name of the kind of mistake, such as `unknown-key`.
  public var code: String
  /// One sentence in lower case, names in 'quotes', without a full stop.
  public var message: String
  public var position: SourcePosition
  /// How many scalars the caret underlines; at least 1.
  public var length: Int
  public var notes: [Note]
  /// What to do about it.
  public var help: String?

  public init(
    _ severity: Severity = .error, code: String, _ message: String, at position: SourcePosition,
    length: Int = 1, notes: [Note] = [], help: String? = nil
  ) {
    self.severity = severity
    self.code = code
    self.message = message
    self.position = position
    self.length = max(1, length)
    self.notes = notes
    self.help = help
  }
}

extension [Diagnostic] {
  /// By file, line, column, then code, each said once.
  public func sortedForReading() -> [Diagnostic] {
    let sorted = sorted { left, right in
      (left.position, left.code, left.message) < (right.position, right.code, right.message)
    }
    var result: [Diagnostic] = []
    for diagnostic in sorted {
      if let last = result.last, last.position == diagnostic.position, last.code == diagnostic.code,
        last.message == diagnostic.message
      {
        continue
      }
      result.append(diagnostic)
    }
    return result
  }

  public var hasErrors: Bool { contains { $0.severity == .error } }
}
