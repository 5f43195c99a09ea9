import CSystem
import Glibc
import MeshModel
import TestKit
import Testing

@testable import Execution

/// What becomes of a process that somebody stands by.
@Suite struct AttendedProcessTests {
  private let folder: TemporaryFolder
  private let output: String

  init() throws {
    folder = try TemporaryFolder()
    output = folder.file("output")
    try LogFiles.make(output, code: "test")
  }

  private func process(_ arguments: [String], patience: Int32 = 60_000) -> AttendedProcess {
    AttendedProcess(
      arguments: arguments, environment: ["PATH=/usr/bin:/bin"], directory: folder.path, output: nil,
      errors: output, patience: patience, code: "test")
  }

  private func shell(_ script: String, patience: Int32 = 60_000) -> AttendedProcess {
    process(["/bin/sh", "-c", script], patience: patience)
  }

  private var printed: String { String(decoding: FileDescriptor.contents(of: output) ?? [], as: UTF8.self) }

  @Test(
    arguments: [
      ("true", .exited(0)), ("exit 7", .exited(7)), ("kill -9 $$", .signalled),
    ] as [(String, AttendedProcess.End)])
  func `its end is told`(script: String, end: AttendedProcess.End) throws {
    #expect(try shell(script).run(AttemptControl()) == end)
  }

  @Test func `it writes where it is told to, and is looked for along its path`() throws {
    #expect(try process(["echo", "one two"]).run(AttemptControl()) == .exited(0))
    #expect(printed == "one two\n")
  }

  @Test func `it is killed when its time is over`() throws {
    #expect(try shell("trap '' TERM; sleep 60", patience: 100).run(AttemptControl()) == .tooLong)
  }

  @Test func `it is killed for what is found about it`() throws {
    let reason = Reason("output", "it says too much")
    let end = try shell("echo x; sleep 60").run(AttemptControl()) { printed.isEmpty ? nil : reason }
    #expect(end == .refused(reason))
  }

  @Test func `it is killed when nobody wants to know any more`() throws {
    let control = AttemptControl()
    let end = try shell("sleep 60").run(control) {
      control.abandon()
      return nil
    }
    #expect(end == .signalled)
  }

  @Test func `what it left behind in its session ends with it`() throws {
    #expect(try shell("sleep 60 & echo $!").run(AttemptControl()) == .exited(0))
    let pid = try #require(Int32(printed.dropLast()))
    guard let left = FileDescriptor(owning: heddle_pidfd_open(pid)) else { return }
    var question = pollfd(fd: left.number, events: Int16(POLLIN), revents: 0)
    #expect(poll(&question, 1, 10_000) == 1)
  }

  @Test(arguments: [
    (["/nowhere/to/be/found"], "'/nowhere/to/be/found' cannot be started: no such file or directory"),
    (["unheard-of"], "'unheard-of' cannot be started: no such file or directory"),
    (["echo", "a\0b"], "an argument or a variable would hold a NUL character"),
  ])
  func `a program that cannot be started says why`(arguments: [String], text: String) throws {
    let failure = #expect(throws: AttemptFailure.self) { try process(arguments).run(AttemptControl()) }
    #expect(failure?.reason == Reason("test", text))
  }

  @Test func `a file is made anew for its owner only, whatever lies there`() throws {
    let other = folder.file("other")
    try LogFiles.make(other, holding: Array("kept".utf8), code: "test")
    unlink(output)
    #expect(symlink(other, output) == 0)
    try LogFiles.make(output, holding: Array("new".utf8), code: "test")
    #expect(printed == "new" && FileDescriptor.contents(of: other) == Array("kept".utf8))
    var status = stat()
    #expect(lstat(output, &status) == 0 && status.st_mode == S_IFREG | 0o600)
  }
}
