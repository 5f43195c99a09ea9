/// What is known of one thing: a line for each fact, without those that are not known.
struct FactList {
  private var rows: [(label: String, value: String)] = []

  /// Adds a fact unless it is unknown or empty.
  mutating func add(_ label: String, _ value: String?) {
    guard let value, !value.isEmpty else { return }
    rows.append((label, value))
  }

  /// Adds a fact that is a list, unless it is empty.
  mutating func add(_ label: String, _ values: [String]) {
    add(label, values.joined(separator: ", "))
  }

  /// Writes labels and values in two columns, separated by a tab where nobody reads along.
  func write(to output: Output) {
    let width = rows.map(\.label.count).max() ?? 0
    for (label, value) in rows {
      let space = output.isTerminal ? String(repeating: " ", count: width - label.count + 2) : "\t"
      output.line(label + space + TerminalText.clean(value))
    }
  }
}
