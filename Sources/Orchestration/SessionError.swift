import Execution
import Planning
import Records
import Threads

/// Why a session cannot do what it was asked to.
public struct SessionError: Error, Sendable {
  /// What went wrong.
  public enum Kind: Sendable, Equatable {
    /// Nothing has that name.
    case notFound
    /// What was asked makes no sense for this pipeline.
    case invalid
    /// The declarations it needs have errors.
    case brokenDeclarations
    /// Whoever asks may not.
    case denied
    /// Somebody else owns the state, or it changed meanwhile.
    case conflict
    /// The state or the machine refused.
    case environment
  }

  public var kind: Kind
  public var message: String
  public var help: String?

  public init(_ kind: Kind, _ message: String, help: String? = nil) {
    self.kind = kind
    self.message = message
    self.help = help
  }

  init(_ error: RecordsError) {
    var isOwned = false
    if case .owned = error.kind { isOwned = true }
    self.init(isOwned ? .conflict : .environment, error.message, help: error.help)
  }

  init(_ error: BackfillPlanError) { self.init(.invalid, error.message, help: error.help) }
  init(_ error: ParameterError) { self.init(.invalid, error.message, help: error.help) }
  init(_ error: ThreadError) { self.init(.environment, "\(error)") }

  /// An error of whatever room.
  init(wrapping error: any Error) {
    switch error {
    case let error as SessionError: self = error
    case let error as RecordsError: self.init(error)
    default: self.init(.environment, "\(error)")
    }
  }
}
