import Basics

/// The words of a command, told apart by its description.
struct Arguments: Sendable {
  /// Options that have a letter.
  private static let short = ["-h": "help", "-f": "follow", "-n": "limit"]

  let command: CommandDescription
  private(set) var operands: [String] = []
  private var given: [String: [String]] = [:]

  /// Reads the words that follow the command's name, and options that stood before it.
  ///
  /// `--name=value` and `--name value` are the same; a value that stands apart may not begin with `--`.
  /// Everything after `--` is an operand, and so is `-`.
  init(_ words: some Sequence<String>, of command: CommandDescription) throws(CommandFailure) {
    self.command = command
    var rest = Array(words).makeIterator()
    while let word = rest.next() {
      if word == "--" {
        while let operand = rest.next() { operands.append(operand) }
      } else if let name = Self.short[word], command.allOptions.contains(where: { $0.name == name }) {
        try option("--" + name, &rest)
      } else if word.hasPrefix("--") {
        try option(word, &rest)
      } else if word.hasPrefix("-"), word != "-" {
        throw unknown(option: word)
      } else {
        operands.append(word)
      }
    }
  }

  private mutating func option(_ word: String, _ rest: inout IndexingIterator<[String]>)
    throws(CommandFailure)
  {
    let sign = word.firstIndex(of: "=")
    let name = String(word[..<(sign ?? word.endIndex)].dropFirst(2))
    guard let option = command.allOptions.first(where: { $0.name == name }) else {
      throw unknown(option: "--" + name)
    }
    guard given[name] == nil || option.repeats else {
      throw .usage("option '--\(name)' is given twice", help: "give it once")
    }
    var value = sign.map { String(word[word.index(after: $0)...]) }
    if let placeholder = option.value {
      if value == nil { value = rest.next() }
      guard let value, !value.hasPrefix("--") || sign != nil else {
        throw .usage("option '--\(name)' needs a value", help: "write --\(name)=\(placeholder)")
      }
      given[name, default: []].append(value)
    } else {
      guard value == nil else {
        throw .usage("option '--\(name)' takes no value", help: "write --\(name) alone")
      }
      given[name] = [""]
    }
  }

  private func unknown(option: String) -> CommandFailure {
    let name = String(option.drop { $0 == "-" })
    let near = EditDistance.nearest(to: name, among: command.allOptions.map(\.name))
    return .usage(
      "unknown option '\(option)' of 'heddle \(command.name)'",
      help: near.map { "did you mean '--\($0)'?" } ?? "see: heddle help \(command.name)")
  }

  /// Refuses operands that are missing or too many.
  func checkOperands() throws(CommandFailure) {
    if operands.count > command.operands.count, command.operands.last?.repeats != true {
      throw .usage(
        "'heddle \(command.name)' does not expect '\(operands[command.operands.count])'",
        help: "see: heddle help \(command.name)")
    }
    let missing = command.operands.dropFirst(operands.count).first { $0.isRequired }
    if let missing {
      throw .usage(
        "'heddle \(command.name)' needs \(missing.name)", help: "see: heddle help \(command.name)")
    }
    if let empty = operands.firstIndex(of: "") {
      let name = command.operands[min(empty, command.operands.count - 1)].name
      throw .usage("\(name) is empty", help: "see: heddle help \(command.name)")
    }
  }

  /// The operand of that place, if it was given.
  func operand(_ place: Int) -> String? { place < operands.count ? operands[place] : nil }

  /// The operand of that place, which the table demands.
  func required(_ place: Int) throws(CommandFailure) -> String {
    guard let operand = operand(place) else {
      throw .usage("'heddle \(command.name)' needs more", help: "see: heddle help \(command.name)")
    }
    return operand
  }

  /// Whether the switch was given.
  func has(_ name: String) -> Bool { given[name] != nil }

  func value(_ name: String) -> String? { given[name]?.first }

  func values(_ name: String) -> [String] { given[name] ?? [] }

  /// A whole number within bounds.
  func integer(_ name: String, in range: ClosedRange<Int>) throws(CommandFailure) -> Int? {
    guard let text = value(name) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      let bounds =
        range.upperBound == .max
        ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
      throw .usage("option '--\(name)' needs a whole number \(bounds), not '\(text)'")
    }
    return number
  }

  /// One of a list of words.
  func choice<Value: RawRepresentable<String> & CaseIterable>(_ name: String, of type: Value.Type)
    throws(CommandFailure) -> Value?
  {
    guard let text = value(name) else { return nil }
    if let value = Value(rawValue: text) { return value }
    let all = Value.allCases.map(\.rawValue)
    let near = EditDistance.nearest(to: text, among: all)
    throw .usage(
      "option '--\(name)' cannot be '\(text)'",
      help: near.map { "did you mean '\($0)'?" } ?? "one of: " + all.joined(separator: ", "))
  }

  /// Where runs are made: by a daemon that nobody follows, or in this process whoever used to.
  ///
  /// - Parameter making: what this process does here: `runs it`.
  func whereabouts(_ making: String) throws(CommandFailure) -> (detach: Bool, local: Bool) {
    let (detach, local) = (has("detach"), has("local"))
    if detach, local {
      throw .usage(
        "'--local' \(making) here, so there is nothing to detach from", help: "give one of them")
    }
    return (detach, local)
  }

  /// The options that every command takes.
  var settings: Context.Settings {
    var settings = Context.Settings()
    settings.json = has("json")
    settings.quiet = has("quiet")
    settings.noColour = has("no-color")
    settings.state = value("state")
    settings.environment = value("env")
    settings.project = value("project")
    settings.server = value("server")
    settings.tokenFile = value("token-file")
    return settings
  }
}
