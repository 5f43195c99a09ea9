import Basics
import MeshModel
import Planning

/// What is taken for granted of an attempt.
package struct ExpectedEnd: Sendable {
  package var outcome: AttemptOutcome
  /// How long after its start it comes; nil: never by itself.
  package var after: Duration?
  /// Why that is little more than a guess; nil: it is as it was before.
  package var doubt: String?

  package init(_ outcome: AttemptOutcome, after: Duration?, doubt: String? = nil) {
    self.outcome = outcome
    self.after = after
    self.doubt = doubt
  }
}

/// What a forecast takes for granted where a scheduler asks the world.
///
/// What is told in a doubt belongs to the run; a nil doubt says that it is as it was before.
package protocol Expectations {
  mutating func end(of order: AttemptOrder) throws(SessionError) -> ExpectedEnd
  mutating func answer(
    to order: EvaluationOrder, at now: Instant
  ) throws(SessionError) -> (EvaluationAnswer, doubt: String?)
  /// What a look finds at a moment.
  mutating func answer(to probe: ProbeOrder, at now: Instant) throws(SessionError) -> (
    ProbeAnswer, doubt: String?
  )
  /// How long a person takes to approve; nil: nobody does.
  mutating func approval(of task: TaskName) throws(SessionError) -> (after: Duration?, doubt: String?)
  /// How long an attempt that is told to end goes on.
  var ending: Duration { get }
}
