/// A task's `when`: a SELECT as it is, or an expression that becomes the column of one.
public enum ConditionText {
  /// The statement that evaluates the condition.
  ///
  /// - Returns: the statement, and how many bytes stand in it before the text as it was written.
  public static func statement(of text: String) -> (sql: String, shift: Int) {
    var copy = text
    let isStatement = copy.withUTF8 { bytes in
      var scanner = SQLScanner(bytes)
      guard let first = scanner.next() else { return false }
      return ["select", "with", "values"].contains { scanner.isKeyword(first, $0) }
    }
    if isStatement { return (text, 0) }
    let opening = "SELECT ("
    // On a line of its own, since the expression may end in a comment.
    return (opening + text + "\n)", opening.utf8.count)
  }
}
