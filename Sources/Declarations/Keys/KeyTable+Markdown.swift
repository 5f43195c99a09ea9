extension KeyTable {
  /// The reference of all keys, as the documentation shows it: one table for each section.
  public static var markdown: String {
    sections.map { section in
      var lines = ["### \(section.title)", "", "| key | type | default | meaning |", "|---|---|---|---|"]
      for key in section.keys {
        let standard = key.isRequired ? "required" : key.defaultText.isEmpty ? "" : "`\(key.defaultText)`"
        lines.append(
          "| `\(key.name)` | \(cell(key.type.words)) | \(cell(standard)) | \(cell(key.meaning)) |")
      }
      return lines.joined(separator: "\n") + "\n"
    }.joined(separator: "\n")
  }

  /// A `|` would end the cell.
  private static func cell(_ text: String) -> String {
    text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
  }
}
