import Foundation
import TestKit
import Testing

@testable import CommandLine

@Suite struct CompletionTests {
  @Test(arguments: ["bash", "zsh", "fish"])
  func `a completion script is as its golden file has it`(shell: String) {
    let answer = ProgramSession().heddle("completion", shell)
    #expect(answer.code == .success)
    Snapshot.expect(answer.out, matches: "completion/heddle.\(shell)")
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func `a shell that is there reads its completion script`(shell: String) throws {
    guard let path = ["/bin/", "/usr/bin/"].map({ $0 + shell }).first(where: FileManager.default.fileExists)
    else { return }
    let folder = try TemporaryFolder()
    let script = try folder.write(ProgramSession().heddle("completion", shell).out, to: "script")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = ["-n", script]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  @Test(arguments: [
    (["heddle", "backf"], ["backfill"]),
    (["heddle", "--state", "/x", "ver"], ["version"]),
    (["heddle", "run", "--wor"], ["--workers"]),
    (["heddle", "backfill", "x", "--mode", "mis"], ["missing", "missing+failed"]),
    (["heddle", "check", "--format", "s"], ["sarif"]),
    (["heddle", "completion", "z"], ["zsh"]),
    (["heddle", "mark", "a.b", "mis"], ["missing"]),
    (["heddle", "--q"], ["--quiet"]),
  ])
  func `bash completes`(words: [String], expected: [String]) throws {
    let folder = try TemporaryFolder()
    try folder.write(ProgramSession().heddle("completion", "bash").out, to: "script")
    let quoted = words.map { "'\($0)'" }.joined(separator: " ")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = [
      "-c",
      """
      . ./script; COMP_WORDS=(\(quoted)); COMP_CWORD=\(words.count - 1); _heddle; printf '%s\\n' "${COMPREPLY[@]}"
      """,
    ]
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(output.split(separator: "\n").map(String.init) == expected)
  }
}
