import Basics
import Glibc
import TestKit
import Testing

@testable import Orchestration

struct TrialTests {
  @Test func `what a killed trial left is cleared, whoever has its number now`() throws {
    let project = try TemporaryProject.domain(["p": "tasks:\n  t: {run: 'true'}\n"])
    let place = project.state + "/temporary"
    // Of a process that is there, though it is another one now: the first.
    let left = "\(place)/\(Trial.prefix)1-abcdef"
    try FileTree.makeFolder(left)
    _ = try FileHold(left + Trial.lockName)
    let young = "\(place)/\(Trial.prefix)1-ghijkl"
    try FileTree.makeFolder(young)
    let held = "\(place)/\(Trial.prefix)999999999-abcdef"
    try FileTree.makeFolder(held)
    let hold = try FileHold(held + Trial.lockName)
    let checked = CheckedProject(loading: project.root)
    let trial = try Trial(checked, root: nil, in: place, clock: SystemClock())
    #expect(!FileTree.exists(left) && FileTree.exists(young) && FileTree.exists(held))
    withExtendedLifetime((hold, trial)) {}
  }
}
