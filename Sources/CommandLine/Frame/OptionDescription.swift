/// An option as the table of commands has it.
public struct OptionDescription: Hashable, Sendable {
  /// Without its dashes.
  public var name: String
  /// What stands for its value in help; nil: a switch.
  public var value: String?
  /// May be given more than once.
  public var repeats: Bool
  public var words: Words

  /// What a shell may offer where a word is missing.
  public enum Words: Hashable, Sendable {
    case none, files, directories
    case choices([String])
    /// What `heddle completion KIND` prints.
    case names(NameKind)
  }

  /// Names that are read from the project.
  public enum NameKind: String, Hashable, Sendable, CaseIterable {
    case pipelines, tasks, datasets, selectors, environments
  }

  static func flag(_ name: String) -> OptionDescription {
    OptionDescription(name: name, value: nil, repeats: false, words: .none)
  }

  static func value(_ name: String, _ value: String, repeats: Bool = false, words: Words = .none)
    -> OptionDescription
  {
    OptionDescription(name: name, value: value, repeats: repeats, words: words)
  }

  /// The options that every command takes.
  static let global: [OptionDescription] = [
    .flag("json"), .flag("quiet"), .flag("no-color"),
    .value("state", "DIR", words: .directories), .value("project", "DIR", words: .directories),
    .value("env", "NAME", words: .names(.environments)),
    .value("server", "URL"), .value("token-file", "FILE", words: .files), .flag("help"),
  ]
}

/// A word of a command that is no option.
public struct OperandDescription: Hashable, Sendable {
  /// As help shows it: `PIPELINE`.
  public var name: String
  public var isRequired: Bool
  public var words: OptionDescription.Words
  /// More of the kind may follow; only the last operand.
  public var repeats = false

  static func repeated(_ name: String, words: OptionDescription.Words = .none) -> OperandDescription {
    OperandDescription(name: name, isRequired: false, words: words, repeats: true)
  }

  static func required(_ name: String, words: OptionDescription.Words = .none) -> OperandDescription {
    OperandDescription(name: name, isRequired: true, words: words)
  }

  static func optional(_ name: String, words: OptionDescription.Words = .none) -> OperandDescription {
    OperandDescription(name: name, isRequired: false, words: words)
  }
}
