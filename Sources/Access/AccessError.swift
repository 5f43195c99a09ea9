import MeshModel
import SQLite

/// Why SQL on a domain's connection cannot be compiled or run.
public struct AccessError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of reason it is.
  public enum Kind: Hashable, Sendable {
    /// No such table; as written, with the domain if the SQL names one.
    case missingTable(domain: String?, name: String)
    /// No such column; as written.
    case missingColumn(name: String)
    case syntax
    /// Something that a task's SQL may not do.
    case forbidden
    /// Names more than ten other domains.
    case tooManyDomains
    /// A dataset that another domain has not made yet.
    case missingDataset(DatasetName)
    /// Somebody stopped it.
    case stopped
    /// It ran longer than it may.
    case timedOut
    /// It needs more memory, or longer values, than it may.
    case overLimit
    /// Another connection holds the store.
    case busy
    case other
  }

  public var kind: Kind
  public var message: String
  /// The byte of the script that the error is about, where that is known.
  public var offset: Int?
  /// The extended code of SQLite, if SQLite said it.
  public var code: Int32?

  public init(_ kind: Kind, _ message: String, offset: Int? = nil, code: Int32? = nil) {
    self.kind = kind
    self.message = message
    self.offset = offset
    self.code = code
  }

  /// What SQLite said about a whole database.
  init(_ error: SQLiteError) {
    self.init(error.isBusy ? .busy : .other, error.message, code: error.extendedCode)
  }

  /// What SQLite said about a statement of a script.
  ///
  /// - Parameter shift: what to add to SQLite's offset to get the script's.
  init(_ error: SQLiteError, in script: Script, statementAt start: Int, shift: Int) {
    let message = error.message
    let kind: Kind
    var sought: String?
    if let name = message.rest(after: "no such table: ") {
      let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
      kind =
        parts.count == 2
        ? .missingTable(domain: parts[0], name: parts[1]) : .missingTable(domain: nil, name: name)
      sought = parts.last
    } else if let name = message.rest(after: "no such column: ") {
      kind = .missingColumn(name: name)
      sought = name.split(separator: ".").last.map(String.init)
    } else if let start = message.range(ofWords: " has no column named ") {
      kind = .missingColumn(name: String(message[start.upperBound...]))
      sought = String(message[start.upperBound...])
    } else if message.hasPrefix("cannot join using column ") {
      let name = message.dropFirst(25).prefix { $0 != " " }
      kind = .missingColumn(name: String(name))
      sought = String(name)
    } else if message.hasSuffix("syntax error") || message == "incomplete input"
      || message.hasPrefix("unrecognized token")
    {
      kind = .syntax
    } else {
      kind = error.isBusy ? .busy : .other
    }
    let place = message == "incomplete input" ? script.bytes.count - shift : error.offset
    let found = place.map { min(max(0, $0 + shift), script.bytes.count) }
    self.init(
      kind, message, offset: found ?? sought.flatMap { script.offset(of: $0, from: start) } ?? start,
      code: error.extendedCode)
  }

  public var description: String { message }
}

extension String {
  fileprivate func rest(after prefix: String) -> String? {
    hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
  }

  fileprivate func range(ofWords words: String) -> Range<String.Index>? { firstRange(of: words) }
}
