import Basics
import Glibc
import Threads

/// What all of the page's threads share.
struct PageServices: Sendable {
  var gate: Gate
  var links: SignInLinks
  var logs = LogLibrary()
  var planning = PlanningMemory()
  var answers = AnswerMemory()
  /// A forecast is being made: one at a time, for each takes a thread for a while.
  var isForeseeing = Guarded(false)
  /// Nil: commands are carried out for nobody.
  var commands: (any CommandHost)?
  var web: WebFolder
  var pid: Int32
  var startedAt: Instant
}
