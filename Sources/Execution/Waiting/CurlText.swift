/// Options as curl's files of settings have them: what stands there is seen by nobody else, unlike the words
/// of a call.
public enum CurlText {
  /// A line, without its end.
  public static func option(_ name: String, _ value: String) -> String {
    var quoted = "\""
    for character in value.unicodeScalars {
      switch character {
      case "\"", "\\": quoted += "\\\(character)"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      default: quoted.unicodeScalars.append(character)
      }
    }
    return "\(name) = \(quoted)\""
  }
}
