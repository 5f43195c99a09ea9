import Diagnostics

/// Which data makes a pipeline due; `heddle serve` watches for it.
public struct DataTrigger: Sendable {
  /// The datasets that count.
  public enum Watched: Sendable {
    /// What the tasks of the pipeline read of other pipelines, all of it.
    case inputs
    case all([Located<DatasetName>])
    /// One of them is enough.
    case any([Located<DatasetName>])
  }
  /// What becomes of a partition that was made, when what it was made of is renewed.
  public enum Refresh: String, Sendable, CaseIterable { case none, auto }

  public var watched: Watched
  public var refresh: Refresh
  public var whenFull: Schedule.WhenFull
  public var position: SourcePosition

  public init(
    watched: Watched, refresh: Refresh = .none, whenFull: Schedule.WhenFull = .queue, position: SourcePosition
  ) {
    self.watched = watched
    self.refresh = refresh
    self.whenFull = whenFull
    self.position = position
  }

  /// The datasets that it names; none where it goes by what the tasks read.
  public var named: [Located<DatasetName>] {
    switch watched {
    case .inputs: []
    case .all(let names), .any(let names): names
    }
  }

  /// What makes the pipeline due, as it is declared.
  public var words: String {
    switch watched {
    case .inputs: "on inputs"
    case .all(let names): "on \(names.map(\.value.description).joined(separator: ", "))"
    case .any(let names): "on any of \(names.map(\.value.description).joined(separator: ", "))"
    }
  }

  /// One of its datasets is enough.
  public var isSatisfiedByOne: Bool { if case .any = watched { true } else { false } }
}
