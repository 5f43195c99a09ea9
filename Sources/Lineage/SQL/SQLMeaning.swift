/// SQL without what means nothing: comments, space, and the case of bare words.
///
/// Equal for texts that say the same in the same words. Texts that say the same in other words are not equal.
public struct SQLMeaning: Sendable {
  /// The tokens, told apart by a mark that no SQL has.
  public private(set) var text = ""
  /// The names of its parameters, without what stands before them.
  public private(set) var parameters: Set<String> = []

  public init(_ sql: String) {
    var sql = sql
    sql.withUTF8 { bytes in
      var scanner = SQLScanner(bytes)
      var isStatementOver = true
      while let token = scanner.next() {
        if case .mark(UInt8(ascii: ";")) = token.kind {
          isStatementOver = true
          continue
        }
        // How often statements are ended does not matter, and neither does it after the last.
        if isStatementOver, !text.isEmpty { text += ";" + Self.mark }
        isStatementOver = false
        switch token.kind {
        case .word where !token.isQuoted: text += scanner.name(of: token)
        case .parameter:
          let word = scanner.text(of: token)
          parameters.insert(String(word.dropFirst()))
          text += word
        case .word, .literal, .mark: text += scanner.text(of: token)
        }
        text += Self.mark
      }
    }
  }

  private static let mark = "\u{1F}"
}
