import Basics
import MeshModel

/// One name or condition of a selector, with how far up and down from it the selection goes.
struct SelectorAtom: Sendable {
  enum Subject: Sendable {
    case everything
    case domain(String)
    case pipeline(PipelineName)
    case task(TaskName)
    case dataset(DatasetName)
    case owner(String)
    case tag(String)
    case status(String)
    /// `code` or `input`; empty: whatever the reason.
    case stale(String)
  }

  static let methods = ["domain", "owner", "stale", "status", "tag"]

  let subject: Subject
  /// Steps upstream; 0: none, `Int.max`: all.
  let up: Int
  let down: Int
  /// The subject as it was written, and where.
  let text: String
  let column: Int

  var length: Int { text.unicodeScalars.count }

  init(_ text: String, column: Int) throws(SelectorError) {
    var rest = Substring(text)
    var start = column
    var up = 0
    var down = 0
    if let plus = rest.firstIndex(of: "+"), rest[..<plus].allSatisfy(\.isASCIIDigit) {
      up = try Self.steps(rest[..<plus], column: start)
      start += rest[...plus].unicodeScalars.count
      rest = rest[rest.index(after: plus)...]
    }
    if let plus = rest.lastIndex(of: "+"), rest[rest.index(after: plus)...].allSatisfy(\.isASCIIDigit) {
      let place = start + rest[...plus].unicodeScalars.count
      down = try Self.steps(rest[rest.index(after: plus)...], column: place)
      rest = rest[..<plus]
    }
    self.up = up
    self.down = down
    self.column = start
    self.text = String(rest)
    subject = try Self.subject(rest, column: start)
  }

  private static func steps(_ digits: Substring, column: Int) throws(SelectorError) -> Int {
    if digits.isEmpty { return .max }
    guard let steps = Int(digits), steps > 0 else {
      throw SelectorError(
        .syntax, "'\(digits)' is no number of steps", column: column, length: digits.unicodeScalars.count,
        help: "'2+x' goes two steps upstream, '+x' all the way")
    }
    return steps
  }

  private static func subject(_ text: Substring, column: Int) throws(SelectorError) -> Subject {
    if text == "*" { return .everything }
    if let colon = text.firstIndex(of: ":") {
      let value = String(text[text.index(after: colon)...])
      return try condition(String(text[..<colon]), value, column: column)
    }
    if text.hasSuffix("/*"), Name.isValid(text.dropLast(2)) { return .domain(String(text.dropLast(2))) }
    if let task = TaskName(text) { return .task(task) }
    if let pipeline = PipelineName(text) { return .pipeline(pipeline) }
    if let dataset = DatasetName(text) { return .dataset(dataset) }
    let help =
      if text.contains("@") || text.contains("[") {
        "a selector names tasks, not single runs or instances: leave out what follows '@' or '['"
      } else if Name.isValid(text) {
        "a domain is '\(text)/*', a pipeline 'domain/\(text)', a dataset 'domain.\(text)'"
      } else {
        "write 'domain/*', 'domain/pipeline', 'domain/pipeline.task', 'domain.dataset' or 'tag:NAME'"
      }
    throw SelectorError(
      .syntax, "'\(text)' is no name that can be selected", column: column,
      length: text.unicodeScalars.count, help: help)
  }

  private static func condition(
    _ method: String, _ value: String, column: Int
  ) throws(SelectorError) -> Subject {
    guard !value.isEmpty || method == "stale" else {
      throw SelectorError(
        .syntax, "nothing follows '\(method):'", column: column, length: method.unicodeScalars.count + 1)
    }
    switch method {
    case "domain": return .domain(value)
    case "owner": return .owner(value)
    case "tag": return .tag(value)
    case "status": return .status(value)
    case "stale": return .stale(value)
    default:
      let meant = EditDistance.nearest(to: method, among: methods).map { "did you mean '\($0):'? " } ?? ""
      throw SelectorError(
        .syntax, "there is no condition '\(method):'", column: column, length: method.unicodeScalars.count,
        help: meant + "there are \(methods.map { "\($0):" }.joined(separator: " "))")
    }
  }
}

extension Character {
  fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
