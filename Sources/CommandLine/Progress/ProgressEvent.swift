import MeshModel

/// What happens while a command follows runs.
enum ProgressEvent {
  /// How many task instances there are and in which states.
  case tallies(Tallies)
  /// An instance is final, or failed and will be tried again.
  case instance(InstanceReport)
  /// A run is final.
  case run(RunReport)

  /// Task instances counted by state.
  struct Tallies: Equatable {
    var counts: [InstanceState: Int] = [:]

    subscript(state: InstanceState) -> Int {
      get { counts[state] ?? 0 }
      set { counts[state] = newValue }
    }

    var total: Int { counts.values.reduce(0, +) }
    var done: Int { counts.reduce(0) { $0 + ($1.key.isFinal ? $1.value : 0) } }
  }

  /// How an instance, or an attempt of it, ended.
  struct InstanceReport {
    /// `operations/departures.publish[EWR]@2013-01-31`.
    var name: String
    /// Final, or `retrying`.
    var state: InstanceState
    /// The time of its last attempt; nil: it had none.
    var duration: Duration?
    var reason: String?
    /// The log of its last attempt.
    var log: String?
    /// Its failure does not fail the run.
    var isAllowedToFail = false
  }

  /// How a run ended.
  struct RunReport {
    var run: RunID
    /// `operations/departures@2013-01-31`.
    var name: String
    var state: RunState
    var duration: Duration?
  }
}
