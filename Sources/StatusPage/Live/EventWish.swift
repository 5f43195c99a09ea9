import MeshModel

/// What somebody who follows events wants.
struct EventWish: Sendable {
  /// The number of the last event that was seen; nil: from now on.
  var after: Int64?
  /// The runs whose tasks are shown.
  var runs: Set<RunID>
  /// The domains that may be seen; nil: all.
  var domains: Set<String>?
  /// The token that opens the stream, if one was needed.
  var token: String?
}
