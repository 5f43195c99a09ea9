/// Shows diagnostics to a person: where, what, the line with a caret, what to do.
public struct TextRenderer: Sendable {
  /// Whether to mark with colours too; they never say anything alone.
  public var usesColour: Bool

  public init(usesColour: Bool = false) { self.usesColour = usesColour }

  /// All diagnostics, a blank line between them; empty when there are none.
  public func text(_ diagnostics: [Diagnostic]) -> String {
    diagnostics.map(text).joined(separator: "\n")
  }

  /// One diagnostic, with a line feed at its end.
  public func text(_ diagnostic: Diagnostic) -> String {
    let isError = diagnostic.severity == .error
    let tone = isError ? Tone.red : .yellow
    let position = diagnostic.position
    var lines = [
      paint(place(position) + ":", .bold) + " " + paint("\(diagnostic.severity.rawValue):", tone) + " "
        + paint(TerminalScalar.escaped(diagnostic.message), .bold) + " [\(diagnostic.code)]"
    ]
    let margin = String(repeating: " ", count: String(position.line).utf8.count)
    if let line = position.file.line(position.line), !position.file.text.isEmpty {
      let excerpt = Excerpt(line, column: position.column, length: diagnostic.length)
      lines.append(" \(position.line) | \(excerpt.line)")
      lines.append(" \(margin) | " + paint(excerpt.caret, tone))
    }
    for note in diagnostic.notes {
      let message = TerminalScalar.escaped(note.message)
      let place = note.position.map { self.place($0) + ": " } ?? ""
      lines.append(" \(margin) = " + paint("note:", .cyan) + " \(place)\(message)")
    }
    if let help = diagnostic.help {
      lines.append(" \(margin) = " + paint("help:", .cyan) + " \(TerminalScalar.escaped(help))")
    }
    for index in lines.indices { lines[index] = lines[index].withoutTrailingSpaces }
    return lines.joined(separator: "\n") + "\n"
  }

  private enum Tone: String {
    case bold = "1"
    case red = "1;31"
    case yellow = "1;33"
    case cyan = "36"
  }

  private func paint(_ text: String, _ tone: Tone) -> String {
    usesColour ? "\u{1B}[\(tone.rawValue)m\(text)\u{1B}[0m" : text
  }

  private func place(_ position: SourcePosition) -> String { TerminalScalar.escaped(position.description) }
}

extension [Diagnostic] {
  public var errorCount: Int { reduce(0) { $0 + ($1.severity == .error ? 1 : 0) } }
  public var warningCount: Int { count - errorCount }

  /// `2 errors, 1 warning`.
  public var tally: String {
    func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
    return counted(errorCount, "error") + ", " + counted(warningCount, "warning")
  }
}

extension String {
  fileprivate var withoutTrailingSpaces: String {
    var text = self
    while text.utf8.last == UInt8(ascii: " ") { text.removeLast() }
    return text
  }
}
