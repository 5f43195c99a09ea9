import TestKit
import Testing

@testable import CommandLine

/// A project that `heddle init` wrote.
struct StarterProject {
  let folder: TemporaryFolder
  var session: ProgramSession

  init() throws {
    folder = try TemporaryFolder()
    session = ProgramSession(directory: folder.path)
    let answer = session.heddle("init")
    #expect(answer.code == .success, "\(answer.err)")
  }
}
