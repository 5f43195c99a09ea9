/// Writes diagnostics as workflow commands, which GitHub shows beside the lines of a change.
public enum GitHubRenderer {
  /// One line for each diagnostic.
  public static func text(_ diagnostics: [Diagnostic]) -> String {
    diagnostics.map { line($0) + "\n" }.joined()
  }

  private static func line(_ diagnostic: Diagnostic) -> String {
    let position = diagnostic.position
    let properties = [
      "file=" + property(position.file.path), "line=\(position.line)", "col=\(position.column)",
      "endColumn=\(position.column + diagnostic.length)", "title=" + property(diagnostic.code),
    ]
    var message = diagnostic.message
    for note in diagnostic.notes {
      message += "\nnote: " + (note.position.map { "\($0): " } ?? "") + note.message
    }
    if let help = diagnostic.help { message += "\nhelp: " + help }
    return "::\(diagnostic.severity.rawValue) \(properties.joined(separator: ","))::\(data(message))"
  }

  /// What would end the line or begin an escape is escaped.
  private static func data(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "%": result += "%25"
      case "\r": result += "%0D"
      case "\n": result += "%0A"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// As `data`, and what ends a property is escaped too.
  private static func property(_ text: String) -> String {
    var result = ""
    for scalar in data(text).unicodeScalars {
      switch scalar {
      case ":": result += "%3A"
      case ",": result += "%2C"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
