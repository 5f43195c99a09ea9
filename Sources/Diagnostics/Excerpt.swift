/// A line of a file with a caret below the place that a diagnostic is about, fit for a terminal.
///
/// Tabs become spaces, control characters and marks that turn the direction of writing are shown as escapes,
/// wide characters count two cells, and of a long line only the surroundings of the caret are shown.
struct Excerpt {
  /// The line as it is shown.
  let line: String
  /// What stands below it: spaces, then `^~~~`.
  let caret: String

  private static let widest = 100
  private static let tabWidth = 4

  private struct Cell {
    var text: String
    var width: Int
  }

  /// - Parameters:
  ///   - text: the line without its end.
  ///   - column: from 1, in scalars; past the end points behind the line.
  ///   - length: how many scalars the caret covers.
  init(_ text: String, column: Int, length: Int) {
    let start = max(0, column - 1)
    let scalars = text.unicodeScalars
    // Of a line of megabytes only what may be shown is looked at: each scalar takes at least no cell, so a
    // few hundred around the caret are enough.
    let skipped = min(max(0, start - 4 * Self.widest), scalars.count)
    let part = scalars.dropFirst(skipped).prefix(8 * Self.widest)
    let isCutAfter = scalars.count > skipped + part.count
    var cells: [Cell] = []
    var used = 0
    for scalar in part {
      let cell = Self.cell(for: scalar, at: used)
      used += cell.width
      cells.append(cell)
    }
    let first = min(start - skipped, cells.count)
    let covered = cells.dropFirst(first).prefix(max(1, length))
    let window = Self.window(cells, around: first, covered: covered.count)
    let isCutBefore = skipped > 0 || window.lowerBound > 0
    let dotsAfter = isCutAfter || window.upperBound < cells.count
    line =
      (isCutBefore ? "…" : "") + cells[window].map(\.text).joined() + (dotsAfter ? "…" : "")
    let before = Self.width(cells[window.lowerBound..<max(window.lowerBound, first)]) + (isCutBefore ? 1 : 0)
    let under = max(1, Self.width(covered.prefix(max(0, window.upperBound - first))))
    caret = String(repeating: " ", count: before) + "^" + String(repeating: "~", count: under - 1)
  }

  private static func width(_ cells: ArraySlice<Cell>) -> Int { cells.reduce(0) { $0 + $1.width } }

  /// Which cells to show: all, or the caret with something before it and what then has room.
  private static func window(_ cells: [Cell], around first: Int, covered: Int) -> Range<Int> {
    guard width(cells[...]) > widest else { return 0..<cells.count }
    var low = first
    var used = 0
    while low > 0, used + cells[low - 1].width <= widest / 3 {
      low -= 1
      used += cells[low].width
    }
    var high = first
    while high < cells.count, used + cells[high].width <= widest {
      used += cells[high].width
      high += 1
    }
    while low > 0, used + cells[low - 1].width <= widest {
      low -= 1
      used += cells[low].width
    }
    return low..<high
  }

  private static func cell(for scalar: Unicode.Scalar, at used: Int) -> Cell {
    if scalar == "\t" {
      let width = tabWidth - used % tabWidth
      return Cell(text: String(repeating: " ", count: width), width: width)
    }
    if TerminalScalar.isUnfit(scalar) {
      let text = TerminalScalar.escape(scalar)
      return Cell(text: text, width: text.utf8.count)
    }
    return Cell(text: String(scalar), width: TerminalScalar.width(scalar))
  }
}
