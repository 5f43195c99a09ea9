import Basics
import SQLite

/// Why the record cannot be opened, read or written.
public struct RecordsError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What went wrong, for those who must tell one from another.
  public enum Kind: Hashable, Sendable {
    /// The state directory cannot be made or written.
    case unwritable
    /// The state lies on a file system that other machines may write too.
    case networkFileSystem
    /// Another process owns the state; who and since when, if it says so.
    case owned(pid: Int32?, since: Instant?)
    /// There is no state yet.
    case absent
    case newerSchema
    case olderSchema
    /// The file belongs to another program.
    case foreign
    /// What the file says is not what a state file can say.
    case damaged
    /// A change that the laws forbid: our own bug. Nothing of its commit was written.
    case illegalChange
    /// A reading took longer than a snapshot may be held.
    case tooSlow
    /// SQLite refused.
    case database(SQLiteError)
  }

  public var kind: Kind
  /// One sentence in lower case, without a full stop.
  public var message: String
  /// What to do about it.
  public var help: String?

  public init(_ kind: Kind, _ message: String, help: String? = nil) {
    self.kind = kind
    self.message = message
    self.help = help
  }

  init(_ error: SQLiteError) {
    self.init(.database(error), "the state file cannot be used: \(error)")
  }

  /// The disk is full; nothing was written, and a later commit may succeed.
  public var isFull: Bool { if case .database(let error) = kind { error.isFull } else { false } }

  /// The cause may go away by itself, as when the disk is full, so the same commit may succeed later.
  public var mayPass: Bool {
    guard case .database(let error) = kind else { return false }
    return error.mayPass
  }

  public var description: String { help.map { "\(message); \($0)" } ?? message }
}

/// Runs `body`, with whatever fails as a `RecordsError`.
func recordsErrors<Result>(_ body: () throws -> Result) throws(RecordsError) -> Result {
  do {
    return try body()
  } catch let error as RecordsError {
    throw error
  } catch let error as SQLiteError {
    throw RecordsError(error)
  } catch let error as NewerSchema {
    throw RecordsError(
      .newerSchema,
      "the state file has schema \(error.found), and this heddle knows them up to \(error.known)",
      help: "use the heddle that wrote it, or a newer one")
  } catch {
    throw RecordsError(.damaged, "\(error)")
  }
}
