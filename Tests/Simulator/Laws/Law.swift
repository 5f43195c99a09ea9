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

  init(workers: Int, grace: Duration) {
    self.workers = workers
    self.grace = grace
  }
}
