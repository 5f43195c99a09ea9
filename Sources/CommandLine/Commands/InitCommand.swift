import Basics
import Glibc

/// `heddle init [DIR]`.
struct InitCommand: Command {
  static let description = CommandDescription(
    name: "init", summary: "write a small mesh that runs at once",
    operands: [.optional("DIR", words: .directories)], options: [],
    help: """
      heddle init: write a small mesh that runs at once

      Examples:
        heddle init demo
        cd demo && heddle check

      Usage: heddle init [DIR]

      Writes two domains with a pipeline each, three days of data, SQL and a script into DIR, by default
      into this folder. Nothing that exists is overwritten: where a file is in the way, nothing is written.

      Exit codes: 0 written, 9 something is in the way

      \(HelpText.localOptions)
      """)

  /// As it was given.
  var folder: String?

  init(_ arguments: Arguments) throws(CommandFailure) { folder = arguments.operand(0) }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    let root = context.absolute(folder ?? context.settings.project ?? ".")
    let obstacle = ["dags"] + StarterMesh.files.map(\.path)
    for path in obstacle where exists(root + "/" + path) {
      throw CommandFailure(
        .conflict, "'\(path)' exists already in '\(root)'",
        help: "choose another folder: heddle init NAME")
    }
    var written: [String] = []
    for file in StarterMesh.files {
      try write(file, below: root)
      written.append(file.path)
    }
    if !exists(root + "/.gitignore") {
      try write(StarterMesh.ignored, below: root)
      written.append(StarterMesh.ignored.path)
    }
    report(written, root: root, context)
    return .success
  }

  private func report(_ written: [String], root: String, _ context: Context) {
    var next = StarterMesh.nextLines
    if let folder, root != context.directory { next.insert("cd " + ShellWord.quoted(folder), at: 0) }
    if context.settings.json {
      context.json("init") { writer in
        writer.key("project")
        writer.string(root)
        writer.key("files")
        writer.array { writer in for path in written { writer.string(path) } }
        writer.key("next")
        writer.array { writer in for line in next { writer.string(line) } }
      }
      return
    }
    for path in written { context.out.line(TerminalText.clean(context.settings.quiet ? path : "+ " + path)) }
    context.out.flush()
    context.remark("\na mesh of two domains is in '\(TerminalText.clean(root))'; next:")
    for line in next { context.remark("  " + TerminalText.clean(line)) }
  }

  private func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  private func write(_ file: StarterMesh.File, below root: String) throws(CommandFailure) {
    let path = root + "/" + file.path
    try makeFolders(above: path)
    let descriptor = open(
      path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, file.isScript ? 0o755 : 0o644)
    guard descriptor >= 0 else { throw cannot("write", path) }
    var failure: Int32 = 0
    let output = Output(measure: { nil }, sink: { Output.writeAll($0, to: descriptor) })
    output.write(file.text)
    output.flush()
    failure = output.error
    if close(descriptor) != 0, failure == 0 { failure = errno }
    if failure != 0 {
      errno = failure
      throw cannot("write", path)
    }
  }

  private func makeFolders(above path: String) throws(CommandFailure) {
    var end = path.startIndex
    while let slash = path[path.index(after: end)...].firstIndex(of: "/") {
      let folder = String(path[..<slash])
      if mkdir(folder, 0o755) != 0, errno != EEXIST { throw cannot("make the folder", folder) }
      end = slash
    }
  }

  private func cannot(_ act: String, _ path: String) -> CommandFailure {
    CommandFailure(.failed, "cannot \(act) '\(path)': \(String(cString: strerror(errno)))")
  }
}
