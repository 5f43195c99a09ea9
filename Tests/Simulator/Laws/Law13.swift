import Basics
import MeshModel

/// Crash at any point, recover, go on: the same final state as without the crash, but for times and attempts
/// that were lost. Recovering twice is recovering once.
enum Law13 {
  /// What a world came to, as far as crashes may not change it.
  struct Final: Equatable {
    var runs: [RunID: RunState] = [:]
    var instances: [InstanceID: InstanceState] = [:]
    /// How often an instance was tried, lost attempts left out.
    var tries: [InstanceID: Int] = [:]
    /// Which partitions are there; false: they are covered by a skip.
    var partitions: [DatasetPartitionName: Bool] = [:]

    mutating func see(_ change: Change) {
      switch change {
      case .runFinished(let run, let state, _, _): runs[run] = state
      case .instanceFinished(let instance, let state, _, _): instances[instance] = state
      case .attemptEnded(let attempt, let outcome, let state, _, _):
        if outcome.state != .lost { tries[attempt.instance, default: 0] += 1 }
        if state.isFinal { instances[attempt.instance] = state }
      default: return
      }
    }
  }

  static func compare(_ crashed: Final, with calm: Final, _ court: Court) {
    guard crashed != calm else { return }
    for (run, state) in calm.runs.sorted(by: { $0.key < $1.key }) where crashed.runs[run] != state {
      court.violations.append(
        (13, "run \(run) ends as \(state), and with crashes as \(text(crashed.runs[run]))"))
    }
    for (id, state) in calm.instances.sorted(by: { $0.key < $1.key }) where crashed.instances[id] != state {
      let other = text(crashed.instances[id])
      court.violations.append((13, "\(id) ends as \(state), and with crashes as \(other)"))
    }
    for (id, tries) in calm.tries.sorted(by: { $0.key < $1.key }) where crashed.tries[id] != tries {
      court.violations.append((13, "\(id) is tried \(tries) times, with crashes \(text(crashed.tries[id]))"))
    }
    if court.violations.isEmpty { court.violations.append((13, "with crashes other partitions are there")) }
  }

  private static func text<Value>(_ value: Value?) -> String { value.map { "\($0)" } ?? "none" }

  /// What somebody decides who takes over at once from an owner that has just taken over.
  static func check(again changes: [Change], _ court: Court) {
    guard let first = changes.first else { return }
    court.violations.append((13, "recovering a second time decides something: \(first)"))
  }
}
