/// A part of somebody's text that is fit to stand in a message.
enum Excerpt {
  static let longest = 60

  /// The text on one line, control characters left out, cut when it is long.
  static func of(_ text: String) -> String {
    var result = ""
    var count = 0
    for scalar in text.unicodeScalars {
      if count == longest { return result + "…" }
      let isControl = scalar.properties.generalCategory == .control || scalar.properties.isBidiControl
      result.unicodeScalars.append(isControl ? " " : scalar)
      count += 1
    }
    return result
  }
}
