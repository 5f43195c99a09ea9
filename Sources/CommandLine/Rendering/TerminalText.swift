/// Text from outside, made fit to be shown.
enum TerminalText {
  /// Without control characters and without the marks that turn the direction of writing; what ends or
  /// indents a line becomes a space.
  static func clean(_ text: String) -> String {
    guard needsCleaning(text) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if scalar == "\n" || scalar == "\t" || scalar == "\r" {
        result.append(" ")
      } else if !isControl(scalar) {
        result.append(scalar)
      }
    }
    return String(result)
  }

  /// Without control characters but line ends and tabs: for logs and SQL.
  static func cleanLines(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars where scalar == "\n" || scalar == "\t" || !isControl(scalar) {
      result.append(scalar)
    }
    return String(result)
  }

  /// The words of the text in lines of at most that many cells, as far as its words allow.
  static func wrapped(_ text: String, to cells: Int) -> String {
    var lines: [String] = []
    var line = ""
    for word in text.split(whereSeparator: \.isWhitespace) {
      if !line.isEmpty, width(line) + 1 + width(String(word)) > cells {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return (lines + [line]).joined(separator: "\n")
  }

  /// How many cells of a terminal the text takes.
  static func width(_ text: String) -> Int {
    var width = 0
    for character in text {
      guard let scalar = character.unicodeScalars.first else { continue }
      width += isWide(scalar) ? 2 : 1
    }
    return width
  }

  /// The text cut to that many cells, with `…` where something is missing.
  static func cut(_ text: String, to cells: Int) -> String {
    guard width(text) > cells else { return text }
    var result = ""
    var used = 0
    for character in text {
      let next = character.unicodeScalars.first.map { isWide($0) ? 2 : 1 } ?? 0
      if used + next > cells - 1 { break }
      result.append(character)
      used += next
    }
    return cells > 0 ? result + "…" : ""
  }

  private static func needsCleaning(_ text: String) -> Bool {
    text.utf8.contains { $0 < 0x20 || $0 == 0x7F || $0 >= 0xC2 }
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      true
    default: false
    }
  }
}
