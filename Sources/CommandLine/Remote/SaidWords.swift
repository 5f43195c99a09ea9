import Basics

/// What a command says on another machine, out of the events that tell it.
struct SaidWords {
  /// How the command ended; nil: it goes on.
  private(set) var exit: Int?
  /// What it follows; nil: nothing yet, or no runs.
  private(set) var followed: AcceptedWork?
  private let out: Output
  private let err: Output

  init(out: Output, err: Output) { (self.out, self.err) = (out, err) }

  /// Takes whole events off the beginning of what came, and says here what they tell.
  mutating func take(_ waiting: inout [UInt8]) throws(CommandFailure) {
    var begin = waiting.startIndex
    var place = begin
    while exit == nil, place + 1 < waiting.endIndex {
      guard waiting[place] == 10, waiting[place + 1] == 10 else {
        place += 1
        continue
      }
      try say(String(decoding: waiting[begin..<place], as: UTF8.self))
      begin = place + 2
      place = begin
    }
    guard begin > waiting.startIndex else { return }
    waiting.removeFirst(begin - waiting.startIndex)
    out.flush()
    err.flush()
  }

  private mutating func say(_ event: String) throws(CommandFailure) {
    var (name, data) = ("", "")
    for line in event.split(separator: "\n") {
      if line.hasPrefix("event: ") { name = String(line.dropFirst(7)) }
      if line.hasPrefix("data: ") { data = String(line.dropFirst(6)) }
    }
    let value = try? JSONValue(parsing: data.utf8)
    switch (name, value?.string, value?.integer) {
    case ("out", let text?, _):
      err.flush()
      out.write(text)
    case ("err", let text?, _):
      out.flush()
      err.write(text)
    case ("exit", _, let code?): exit = Int(clamping: code)
    case ("follows", _, _):
      guard let runs = value?["runs"]?.array, let owner = value?["owner"]?.string else { throw Self.unknown }
      followed = AcceptedWork(
        runs: runs.compactMap(\.integer), backfill: value?["backfill"]?.integer,
        owner: TerminalText.clean(owner))
    case ("beat", _, _): break
    default: throw Self.unknown
    }
  }

  private static let unknown = CommandFailure(
    .failed, "the server tells something that this heddle does not know")
}
