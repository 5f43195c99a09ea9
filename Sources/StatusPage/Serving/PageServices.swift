import Basics
import Glibc

/// What all of the page's threads share.
struct PageServices: Sendable {
  var gate: Gate
  var links: SignInLinks
  var logs = LogLibrary()
  var planning = PlanningMemory()
  var web: WebFolder
  var pid: Int32
  var startedAt: Instant
}
