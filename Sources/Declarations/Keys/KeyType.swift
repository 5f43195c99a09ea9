/// What a key takes.
public indirect enum KeyType: Sendable {
  /// One text that is not empty.
  case text
  /// `[a-z][a-z0-9_]*`.
  case name
  /// One name or a list of them.
  case names
  /// One text or a list of them.
  case texts
  case boolean
  case integer(ClosedRange<Int>)
  case number(ClosedRange<Double>)
  /// `90s`, `5m`, `1h30m`, `2d`; `none` where that means something.
  case duration(from: Duration, orNone: Bool)
  /// A date, with or without a time of day, on the pipeline's clock.
  case moment
  case choice([String])
  case zone
  case cron
  /// A path that stays within the project.
  case path
  /// `domain.name`.
  case dataset
  /// An expression or a statement.
  case sql
  /// One text, number or truth value.
  case scalar
  /// A value, or `{sql: ...}`.
  case value
  /// Whatever a template asks for.
  case any
  /// Values in a list.
  case values
  /// Texts in a list, or one; an empty one counts.
  case nullTexts
  /// One exit code or a list.
  case exitCodes
  /// A mapping with the keys of a section.
  case section(String)
  /// A mapping from names to something.
  case map(of: KeyType)
  case list(of: KeyType)
  /// Rows of a dataset: mappings from columns to values.
  case rows
  case either([KeyType])

  /// The type in the words of the documentation and of messages.
  public var words: String {
    switch self {
    case .text: "text"
    case .name: "name"
    case .names: "name or list of names"
    case .texts: "text or list of texts"
    case .boolean: "true or false"
    case .integer(let range): Self.words("integer", range.lowerBound, range.upperBound)
    case .number(let range): "number from \(Self.short(range.lowerBound)) to \(Self.short(range.upperBound))"
    case .duration(_, let orNone): "duration such as 90s, 5m or 1h30m" + (orNone ? ", or none" : "")
    case .moment: "date, or date and time"
    case .choice(let words): words.joined(separator: ", ")
    case .zone: "IANA time zone"
    case .cron: "cron expression"
    case .path: "path"
    case .dataset: "dataset, 'domain.name'"
    case .sql: "SQL"
    case .scalar: "single value"
    case .value: "value or {sql: ...}"
    case .any: "any value"
    case .values: "list of values"
    case .nullTexts: "text or list of texts"
    case .exitCodes: "exit code or list of exit codes"
    case .section(let name): "mapping, '\(name)'"
    case .map(of: .section(let name)): "mapping from names to \(name)s"
    case .map(let type): "mapping from names to \(type.words)"
    case .list(.section(let name)): "list of mappings, '\(name)'"
    case .list(let type): "list of \(type.words)"
    case .rows: "list of rows, each a mapping from columns to values"
    case .either(let types): types.map(\.words).joined(separator: "; or ")
    }
  }

  private static func words(_ noun: String, _ low: Int, _ high: Int) -> String {
    if low == Int.min, high == Int.max { return noun }
    return high == Int.max ? "\(noun) of at least \(low)" : "\(noun) from \(low) to \(high)"
  }

  private static func short(_ number: Double) -> String {
    number == number.rounded() && abs(number) < 1e15 ? String(Int64(number)) : String(number)
  }
}
