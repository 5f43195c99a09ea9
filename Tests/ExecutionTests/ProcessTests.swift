import Basics
import Execution
import MeshModel
import Planning
import TestKit
import Testing

struct ProcessTests {
  @Test(
    arguments: [
      ("true", AttemptState.success, 0, nil, nil),
      ("exit 3", .failed, 3, nil, "exited with 3"),
      ("exit 75", .failed, 75, nil, "asked to be tried again (exit 75)"),
      ("exit 99", .skipped, 99, nil, "said that there is nothing to do (exit 99)"),
      ("no-such-program-here", .failed, 127, nil, "exited with 127 (a program in it was not found)"),
      ("kill -SEGV $$", .failed, nil, 11, "was ended by SIGSEGV"),
      ("kill -40 $$", .failed, nil, 40, "was ended by signal 40"),
      ("(kill -KILL $BASHPID 2>/dev/null || kill -9 $$)", .failed, nil, 9, "was ended by SIGKILL"),
    ] as [(String, AttemptState, Int?, Int?, String?)])
  func `the end of a process is the end of its attempt`(
    script: String, state: AttemptState, code: Int?, signal: Int?, reason: String?
  ) throws {
    let workshop = try Workshop()
    workshop.shell(script)
    let outcome = try workshop.run()
    #expect(outcome.state == state)
    #expect(outcome.exitCode == code)
    #expect(outcome.signal == signal)
    #expect(outcome.reason?.text == reason)
    #expect(outcome.asksRetry == (code == 75))
    #expect(!outcome.isPermanent)
  }

  @Test func `both outputs of a process stand in its log as it wrote them`() throws {
    let workshop = try Workshop()
    workshop.shell(#"echo out; echo err >&2; printf 'a\0b\n'"#)
    #expect(try workshop.run().state == .success)
    #expect(workshop.log(of: workshop.order(task: 0)) == "out\nerr\na\0b\n")
  }

  @Test func `a log takes what a task prints, however much`() throws {
    let workshop = try Workshop()
    workshop.shell("head -c 5000000 /dev/zero")
    #expect(try workshop.run().state == .success)
    #expect(workshop.log(of: workshop.order(task: 0)).utf8.count == 5_000_000)
  }

  @Test func `a process has nothing to read and no descriptor of ours`() throws {
    let workshop = try Workshop()
    workshop.shell("cat; ls /proc/self/fd | wc -l")
    #expect(try workshop.run().state == .success)
    // 0, 1, 2 and the folder that ls itself reads.
    #expect(workshop.log(of: workshop.order(task: 0)) == "4\n")
  }

  @Test func `a process leads a session of its own and has default signals`() throws {
    let workshop = try Workshop()
    workshop.shell(
      "cut -d' ' -f6 /proc/$$/stat | grep -qx $$ && grep -E 'SigBlk|SigIgn' /proc/self/status")
    #expect(try workshop.run().state == .success)
    let lines = workshop.log(of: workshop.order(task: 0)).split(separator: "\n")
    let masks = lines.compactMap { UInt64($0.drop { $0 != "\t" }.dropFirst(), radix: 16) }
    // Signals 32 and 33 are the C library's own.
    #expect(masks.map { $0 & ~0x1_8000_0000 } == [0, 0])
  }

  @Test func `arguments are given as they are`() throws {
    let workshop = try Workshop()
    let items: [ValueExpression] = ["printf", "%s|", "a b", "$HOME", "`id`", ""]
      .map { .literal(.text($0)) }
    workshop.add("list", .run(Command(form: .arguments(items), directory: workshop.mesh.root)))
    #expect(try workshop.run().state == .success)
    #expect(workshop.log(of: workshop.order(task: 0)) == "a b|$HOME|`id`||")
  }

  @Test(
    arguments: [
      (["no-such-program-here"], ".", "does not exist"),
      (["./no-such-program"], ".", "does not exist"),
      (["true"], "gone", "the folder '"),
      (["./closed.sh"], ".", "may not be executed"),
      (["./bare"], ".", "begins with '#!'"),
      (["./lost"], ".", "what its first line names does not"),
      (["a\0b"], ".", "NUL character"),
      ([""], ".", "names no program"),
    ] as [([String], String, String)])
  func `a program that cannot be started fails for good and says why`(
    arguments: [String], directory: String, reason: String
  ) throws {
    let workshop = try Workshop()
    try workshop.folder.write("true", to: "project/closed.sh")
    try workshop.folder.write("true", to: "project/bare")
    try workshop.folder.write("#!/no/such/shell\n", to: "project/lost")
    for file in ["project/bare", "project/lost"] { try workshop.folder.makeExecutable(file) }
    let command = Command(
      form: .arguments(arguments.map { .literal(.text($0)) }),
      directory: directory == "." ? workshop.mesh.root : workshop.mesh.root + "/" + directory)
    workshop.add("list", .run(command))
    let outcome = try workshop.run()
    #expect(outcome.state == .failed)
    #expect(outcome.isPermanent)
    #expect(outcome.reason?.text.contains(reason) == true, "\(outcome.reason?.text ?? "")")
    #expect(workshop.log(of: workshop.order(task: 0)).contains(reason))
  }

  @Test func `a program is looked for along the path that the task is given`() throws {
    let workshop = try Workshop()
    try workshop.folder.write("#!/bin/sh\necho mine\n", to: "project/bin/greet")
    try workshop.folder.makeExecutable("project/bin/greet")
    let command = Command(form: .arguments([.literal(.text("greet"))]), directory: workshop.mesh.root)
    workshop.add("greet", .run(command)) {
      $0.env = [EnvironmentVariable(name: "PATH", value: .literal(.text("/usr/bin:bin")))]
    }
    #expect(try workshop.run().state == .success)
    #expect(workshop.log(of: workshop.order(task: 0)) == "mine\n")
  }

  @Test func `an attempt that is started twice runs once`() throws {
    let workshop = try Workshop()
    workshop.shell("echo once; sleep 0.05")
    let executor = try workshop.open()
    executor.start(workshop.order(task: 0))
    executor.start(workshop.order(task: 0))
    #expect(try workshop.outcome(of: workshop.order(task: 0).id).state == .success)
    executor.shutDown()
    #expect(workshop.log(of: workshop.order(task: 0)) == "once\n")
  }

  @Test func `the time a process used is told`() throws {
    let workshop = try Workshop()
    workshop.shell("i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done")
    #expect(try workshop.run().processorMilliseconds ?? 0 > 0)
  }
}
