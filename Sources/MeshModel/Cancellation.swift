/// How far a run is being cancelled.
public enum Cancellation: String, Sendable, CaseIterable {
  /// Its teardown tasks still run.
  case butTeardown = "but_teardown"
  /// Teardown tasks end as well, and without grace.
  case everything
}

/// What an operator can pause.
public enum PauseTarget: Hashable, Sendable, CustomStringConvertible {
  case pipeline(PipelineName)
  case backfill(BackfillID)

  /// As users write it: `domain/name` or `b12`.
  public init?(_ text: String) {
    if let name = PipelineName(text) {
      self = .pipeline(name)
    } else if text.first == "b", let number = BackfillID(text.dropFirst()), number > 0 {
      self = .backfill(number)
    } else {
      return nil
    }
  }

  public var description: String {
    switch self {
    case .pipeline(let name): name.description
    case .backfill(let number): "b\(number)"
    }
  }
}
