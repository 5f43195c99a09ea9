import Basics
import CSystem
import Execution
import Foundation
import Glibc
import MeshModel
import Planning
import Records
import TestKit
import Testing

/// Owners that come and go, and the keepers they leave.
extension Workshop {
  /// The process of the one keeper there is.
  func keeper() throws -> ProcessIdentity {
    let pids = try #require(runner).keeperProcesses
    try #require(pids.count == 1)
    return try #require(ProcessCensus.identity(of: pids[0]))
  }

  /// The keepers that this state has files of.
  var keeperNames: Set<String> {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: state.keepers)) ?? []
    return Set(files.filter { $0 != "log" }.map { String($0.prefix { $0 != "." }) })
  }

  /// Ends exactly this process, and waits until it is gone.
  func kill(_ process: ProcessIdentity) {
    let descriptor = heddle_pidfd_open(process.pid)
    ProcessCensus.signal(SIGKILL, to: process)
    Self.waitForEnd(descriptor)
  }

  /// Waits for the end of a process behind a descriptor of it.
  static func waitForEnd(_ descriptor: Int32) {
    guard descriptor >= 0 else { return }
    var waited = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
    _ = poll(&waited, 1, 120_000)
    #expect(waited[0].revents != 0, "the process does not end")
    Glibc.close(descriptor)
  }

  /// Waits until something is so, without taking the processor from what makes it so.
  static func wait(until isSo: () -> Bool) {
    var rounds = 0
    while !isSo() && rounds < 120_000 {
      _ = poll(nil, 0, 1)
      rounds += 1
    }
    #expect(rounds < 120_000, "it never happens")
  }

  /// Waits until something is written to a log.
  func wait(for text: String, inLogOf order: AttemptOrder) {
    Self.wait { log(of: order).contains(text) }
  }

  /// A process that owns the state runs all tasks added so far as run 1, and is killed once `isReady`.
  ///
  /// It is the real program, so what it leaves is what a crash leaves.
  func runAndKillOwner(isReady: () -> Bool) throws {
    var tasks = ""
    for task in pipeline.tasks {
      guard case .run(let command) = task.kind, case .shell(let script) = command.form else { continue }
      tasks += "  \(task.name):\n    run: |\n"
      for line in script.split(separator: "\n") { tasks += "      \(line)\n" }
    }
    try folder.write("domain: ops\nowner: team\n", to: "project/dags/ops/domain.yaml")
    try folder.write("pipeline: work\ntasks:\n" + tasks, to: "project/dags/ops/work.yaml")
    let owner = Process()
    owner.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent("heddle")
    owner.arguments = ["run", "ops/work", "--state", state.root]
    owner.currentDirectoryURL = URL(fileURLWithPath: mesh.root)
    owner.standardOutput = FileHandle.nullDevice
    owner.standardError = FileHandle.nullDevice
    try owner.run()
    Self.wait { !owner.isRunning || isReady() }
    Glibc.kill(owner.processIdentifier, SIGKILL)
    owner.waitUntilExit()
    try #require(owner.terminationReason == .uncaughtSignal, "it ended before it could be killed")
  }
}
