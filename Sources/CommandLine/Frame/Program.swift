import Basics
import Execution
import Glibc

/// The command-line program: words in, text and an exit code out.
public enum Program {
  /// Runs with this process's own streams, environment and signals.
  ///
  /// - Parameter arguments: the process's arguments, its own name first.
  /// - Returns: what the process ends with.
  public static func main(_ arguments: [String]) -> Int32 {
    signal(SIGPIPE, SIG_IGN)
    // No command: Heddle starts itself so, to look after the processes of tasks.
    if arguments.dropFirst().first == Keeper.word { return Keeper.main(Array(arguments.dropFirst(2))) }
    if arguments.dropFirst().first == Isolated.word { return Isolated.main(Array(arguments.dropFirst(2))) }
    KeeperProgram.declareOwn()
    return run(Array(arguments.dropFirst()), in: .ofProcess()).rawValue
  }

  /// Runs within a given world.
  public static func run(_ words: [String], in world: Context) -> ExitCode {
    var context = world
    context.apply(anticipated(words))
    var code: ExitCode
    do throws(CommandFailure) {
      code = try dispatch(words, &context)
    } catch {
      context.report(error)
      code = error.code
    }
    context.out.flush()
    if context.out.error != 0, context.out.error != EPIPE, code == .success {
      let why = String(cString: strerror(context.out.error))
      let failure = CommandFailure(.failed, "cannot write the output: \(why)")
      context.report(failure)
      code = failure.code
    }
    context.err.flush()
    return code
  }

  private static func dispatch(_ words: [String], _ context: inout Context) throws(CommandFailure)
    -> ExitCode
  {
    guard let place = commandPlace(in: words) else { return try withoutCommand(words, &context) }
    let type = try CommandTable.require(words[place])
    var rest = words
    rest.remove(at: place)
    let arguments = try Arguments(rest, of: type.description)
    context.apply(arguments.settings)
    if arguments.has("help") { return HelpCommand(topic: type.description).run(context) }
    try arguments.checkOperands()
    let command = try type.init(arguments)
    if let caller = context.caller {
      try caller.check(arguments)
    } else if let server = context.settings.server, type != HelpCommand.self {
      if let complaint = RemoteRules.complaint(about: arguments) { throw complaint }
      return try RemoteServer(server, tokenFile: context.settings.tokenFile, context)
        .carryOut(
          type.description.name, withoutServer(words), isFollowed: RemoteRules.follows(arguments), context)
    } else if context.settings.tokenFile != nil, context.settings.server == nil {
      throw .usage("--token-file is for another machine", help: "name it: --server URL")
    }
    guard !context.directory.unicodeScalars.contains("\u{FFFD}") else {
      throw CommandFailure(
        .failed, "the path of this folder is no UTF-8, so nothing could be found by it", help: "rename it")
    }
    return try command.run(context)
  }

  /// The words that are said to the server: all but where that is.
  private static func withoutServer(_ words: [String]) -> [String] {
    var said: [String] = []
    var place = 0
    while place < words.count {
      let word = words[place]
      if word == "--" { return said + words[place...] }
      if word == "--server" || word == "--token-file" {
        place += 2
      } else {
        if !word.hasPrefix("--server=") && !word.hasPrefix("--token-file=") { said.append(word) }
        place += 1
      }
    }
    return said
  }

  /// `heddle`, `heddle --help`, `heddle --version`, or options without a command.
  private static func withoutCommand(_ words: [String], _ context: inout Context) throws(CommandFailure)
    -> ExitCode
  {
    if let place = words.firstIndex(of: "--version") {
      var rest = words
      rest.remove(at: place)
      context.apply(try Arguments(rest, of: VersionCommand.description).settings)
      return VersionCommand().run(context)
    }
    let arguments = try Arguments(words, of: HelpCommand.description)
    context.apply(arguments.settings)
    if arguments.has("help") { return HelpCommand(topic: nil).run(context) }
    throw .usage("which command?", help: "see all of them: heddle help")
  }

  /// The place of the first word that is neither an option of every command nor the value of one.
  private static func commandPlace(in words: [String]) -> Int? {
    let valued = Set(OptionDescription.global.filter { $0.value != nil }.map { "--" + $0.name })
    var place = 0
    while place < words.count {
      let word = words[place]
      if word == "--" { return nil }
      if !word.hasPrefix("-") { return place }
      place += valued.contains(word) ? 2 : 1
    }
    return nil
  }

  /// How to report a mistake in the words themselves: as far as they can be told before they are read.
  private static func anticipated(_ words: [String]) -> Context.Settings {
    let options = words.prefix { $0 != "--" }
    var settings = Context.Settings()
    settings.json = options.contains("--json")
    settings.quiet = options.contains("--quiet")
    settings.noColour = options.contains("--no-color")
    return settings
  }
}

extension Context {
  /// Tells a failure on the error output: a sentence and its cure, or with `--json` one object.
  func report(_ failure: CommandFailure) {
    out.flush()
    guard settings.json else {
      let label = Paint(err).bold(.red, "error:")
      err.line("\(label) \(TerminalText.clean(failure.message))")
      if let help = failure.help { err.line("help: \(TerminalText.clean(help))") }
      return
    }
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("schema")
      writer.string("heddle.error/v1")
      writer.key("code")
      writer.string(failure.code.name)
      writer.key("exit")
      writer.integer(failure.code.rawValue)
      writer.key("message")
      writer.string(failure.message)
      writer.key("help")
      writer.string(failure.help)
    }
    err.write(bytes: writer.bytes)
    err.line()
  }
}
