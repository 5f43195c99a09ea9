import Diagnostics

/// The habit of other tools to paste values into texts: `{{ ds }}`, `${{ inputs.day }}`.
enum Templating {
  static let help =
    "values are passed, never pasted: SQL names them as ':partition', a process finds them in its "
    + "environment as '$HEDDLE_PARTITION'"

  static func diagnostic(at position: SourcePosition) -> Diagnostic {
    Diagnostic(
      code: "templating", "nothing fills in '{{ ... }}'", at: position, length: 2, help: help)
  }

  /// The first `{{ name` of a text, in bytes.
  static func firstPlaceholder(in text: String) -> Int? {
    var previous: UInt8 = 0
    var braces: Int?
    var offset = 0
    for byte in text.utf8 {
      if let start = braces {
        if byte == UInt8(ascii: " ") {
          offset += 1
          continue
        }
        if isLetter(byte) { return start }
        braces = nil
      }
      if byte == UInt8(ascii: "{"), previous == UInt8(ascii: "{") { braces = offset - 1 }
      previous = byte
      offset += 1
    }
    return nil
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }
}
