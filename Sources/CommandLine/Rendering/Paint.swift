/// Colours on an output that allows them; elsewhere the plain text.
struct Paint {
  /// The eight colours that every terminal has and every user may choose.
  enum Colour: Int {
    case red = 31
    case green, yellow, blue, magenta, cyan
    case grey = 90
  }

  let isOn: Bool

  init(_ output: Output) { isOn = output.allowsColour }

  init(isOn: Bool) { self.isOn = isOn }

  func colour(_ colour: Colour, _ text: String) -> String {
    isOn ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
  }

  func bold(_ colour: Colour, _ text: String) -> String {
    isOn ? "\u{1B}[1;\(colour.rawValue)m\(text)\u{1B}[0m" : text
  }

  func bold(_ text: String) -> String { isOn ? "\u{1B}[1m\(text)\u{1B}[0m" : text }

  func dim(_ text: String) -> String { isOn ? "\u{1B}[2m\(text)\u{1B}[0m" : text }
}

extension Paint {
  /// The text without the colours that `Paint` gave it.
  static func stripped(_ text: String) -> String {
    var result = ""
    var isInside = false
    for scalar in text.unicodeScalars {
      if scalar == "\u{1B}" {
        isInside = true
      } else if !isInside {
        result.unicodeScalars.append(scalar)
      } else if scalar == "m" {
        isInside = false
      }
    }
    return result
  }
}
