import CYAML
import Diagnostics

/// What libyaml could not read, told to a person.
struct YAMLFailure {
  let diagnostic: Diagnostic

  init(_ parser: yaml_parser_t, in file: SourceFile) {
    let problem = parser.problem.map { String(cString: $0) } ?? "it is no YAML"
    if parser.error == YAML_READER_ERROR {
      diagnostic = Self.unreadable(
        problem, value: parser.problem_value, offset: Int(clamping: parser.problem_offset), in: file)
      return
    }
    if parser.error == YAML_MEMORY_ERROR {
      diagnostic = Diagnostic(
        code: "yaml-syntax", "there is not enough memory to read the file",
        at: SourcePosition(file: file, line: 1, column: 1))
      return
    }
    let place = Self.position(parser.problem_mark, in: file)
    let context = parser.context.map { String(cString: $0) } ?? ""
    let began = Self.position(parser.context_mark, in: file)
    diagnostic =
      Self.tab(near: place) ?? Self.templating(near: place)
      ?? Self.unclosed(context, began: began, problem)
      ?? Self.indicator(at: place, problem) ?? Self.general(problem, at: place, context, began: began)
  }

  private static func position(_ mark: yaml_mark_t, in file: SourceFile) -> SourcePosition {
    file.place(line: Int(clamping: mark.line) + 1, column: Int(clamping: mark.column) + 1)
  }

  private static func unreadable(_ problem: String, value: Int32, offset: Int, in file: SourceFile)
    -> Diagnostic
  {
    let isControl = problem.contains("control character")
    let name = value >= 0 ? " U+" + String(value, radix: 16, uppercase: true).leftPadded(to: 4) : ""
    return Diagnostic(
      code: "control-character", isControl ? "the file holds the control character\(name)" : problem,
      at: file.position(atByte: offset),
      help: value == 0
        ? "a file with zero bytes is no text; was it saved as UTF-16, or is it another kind of file?"
        : "remove it; in double quotes it may be written as an escape, such as \\u0007")
  }

  private static func tab(near place: SourcePosition) -> Diagnostic? {
    guard let line = place.file.line(place.line) else { return nil }
    let indent = line.unicodeScalars.prefix { $0 == " " || $0 == "\t" }
    guard let offset = indent.firstIndex(of: "\t") else { return nil }
    let column = line.unicodeScalars.distance(from: line.startIndex, to: offset) + 1
    return Diagnostic(
      code: "yaml-tab", "a tab indents this line, and YAML indents with spaces",
      at: SourcePosition(file: place.file, line: place.line, column: column),
      help: "put spaces in the tab's place; most editors can do it for the whole file")
  }

  private static func templating(near place: SourcePosition) -> Diagnostic? {
    for number in [place.line, place.line - 1] {
      guard let line = place.file.line(number), let offset = Templating.firstPlaceholder(in: line) else {
        continue
      }
      let before = String(decoding: line.utf8.prefix(offset), as: UTF8.self)
      return Templating.diagnostic(
        at: SourcePosition(
          file: place.file, line: number, column: before.unicodeScalars.count + 1))
    }
    return nil
  }

  private static func unclosed(_ context: String, began: SourcePosition, _ problem: String) -> Diagnostic? {
    let what: String
    if context.contains("quoted scalar") {
      guard problem.contains("unexpected end") || problem.contains("document indicator") else { return nil }
      what = "a quote"
    } else if context.contains("flow sequence") {
      what = "a '['"
    } else if context.contains("flow mapping") {
      what = "a '{'"
    } else {
      return nil
    }
    return Diagnostic(
      code: "yaml-syntax", "\(what) that begins here is never closed", at: began,
      help: "close it where it ends; a text that holds such a character itself goes into quotes")
  }

  private static func indicator(at place: SourcePosition, _ problem: String) -> Diagnostic? {
    guard problem.contains("cannot start any token"), let line = place.file.line(place.line) else {
      return nil
    }
    let character = line.unicodeScalars.dropFirst(place.column - 1).first.map(String.init) ?? ""
    return Diagnostic(
      code: "yaml-syntax", "a value cannot begin with '\(Excerpt.of(character))'", at: place,
      help: "put the value into quotes")
  }

  private static func general(
    _ problem: String, at place: SourcePosition, _ context: String, began: SourcePosition
  ) -> Diagnostic {
    var help: String?
    if problem.contains("mapping values are not allowed") {
      help = "a text that holds ': ' goes into quotes; or is this line indented too far?"
    } else if problem.contains("could not find expected ':'") {
      help = "every line of a mapping is 'key: value'; is a colon missing here or in the line before?"
    } else if problem.contains("did not find expected key")
      || problem.contains("did not find expected '-' indicator")
    {
      help = "lines that belong together begin in the same column; does this one, or the one before?"
    }
    let notes: [Diagnostic.Note] =
      context.isEmpty || began.line == place.line ? [] : [.init(context + " that begins here", at: began)]
    return Diagnostic(code: "yaml-syntax", problem, at: place, notes: notes, help: help)
  }
}

extension String {
  /// The text with zeros before it up to `width`.
  fileprivate func leftPadded(to width: Int) -> String {
    String(repeating: "0", count: max(0, width - utf8.count)) + self
  }
}
