import Basics
import MeshModel

/// A law of the house, as far as it can be seen from outside: from the changes, in the order in which they
/// were committed, and from what was done after them.
protocol Law: AnyObject {
  var number: Int { get }
  /// Called before the chronicle takes the change in.
  func see(_ change: Change, _ chronicle: Chronicle, _ court: Court)
  /// Called after each commit.
  func seeCommit(_ changes: [Change], _ chronicle: Chronicle, _ court: Court)
  /// Called for everything that the owner has carried out, after the commit that it belongs to.
  func see(_ deed: Machine.Deed, _ chronicle: Chronicle, _ court: Court)
  /// Called when the loop has nothing more to do until something happens.
  func seeQuiet(_ chronicle: Chronicle, _ court: Court)
}

extension Law {
  func see(_ change: Change, _ chronicle: Chronicle, _ court: Court) {}
  func seeCommit(_ changes: [Change], _ chronicle: Chronicle, _ court: Court) {}
  func see(_ deed: Machine.Deed, _ chronicle: Chronicle, _ court: Court) {}
  func seeQuiet(_ chronicle: Chronicle, _ court: Court) {}

  /// Notes that the law is broken unless the condition holds.
  func expect(_ condition: Bool, _ court: Court, _ text: @autoclosure () -> String) {
    if !condition { court.violations.append((number, text())) }
  }
}

/// Where broken laws are noted, and what the laws may know besides the changes.
final class Court {
  var violations: [(law: Int, text: String)] = []
  let workers: Int
  /// Whoever owns the state fires schedules.
  var isServed = true
  let grace: Duration
  let machine: Machine
  /// What is kept, and how long.
  let retention: RetentionRule
  /// Since when, on the clock that never steps, somebody owns the state and can write it.
  var servesSince: Int64 = 0
  /// The owner gives out its workers a few at a time; when it began to, as it takes the time.
  var rampBegan: Instant?

  init(workers: Int, grace: Duration, machine: Machine, retention: RetentionRule) {
    self.workers = workers
    self.grace = grace
    self.machine = machine
    self.retention = retention
  }

  /// How many workers may be given out by then at most.
  func workersGiven(by now: Instant) -> Int {
    guard let rampBegan else { return workers }
    let seconds = (now - rampBegan).components.seconds
    return seconds > 40 ? workers : min(workers, max(1, workers / 4) << Int(seconds))
  }
}
