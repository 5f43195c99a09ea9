extension KeyTable {
  /// The reference of all keys, as the documentation shows it: one table for each section.
  public static var markdown: String {
    var lines: [String] = []
    for section in sections {
      lines += ["## \(cell(section.title))", "", "| key | type | default | meaning |", "|---|---|---|---|"]
      for key in section.keys {
        let standard = key.isRequired ? "required" : cell(key.defaultText)
        lines.append("| `\(key.name)` | \(cell(key.type.words)) | \(standard) | \(cell(key.meaning)) |")
      }
      lines.append("")
    }
    return lines.joined(separator: "\n")
  }

  /// A `|` would end the cell.
  private static func cell(_ text: String) -> String {
    text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
  }
}
