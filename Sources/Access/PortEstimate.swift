import SQLite

/// What reading a stored table through a port would cost, in the unit of SQLite's planner: about a row
/// visited.
struct PortEstimate {
  private(set) var rows: Double
  private(set) var cost: Double
  private(set) var isUnique = false
  private(set) var usesIndex = false
  /// The index chosen and how many of its leading columns are given.
  private var index: StoredTable.Index?
  private var given = 0

  init(_ filters: [PortPlan.Filter], _ table: StoredTable) {
    let equal = Set(
      filters.filter { $0.comparison == .equal || $0.comparison == .isSame || $0.comparison == .isNull }.map(
        \.column))
    let ranged = Set(filters.map(\.column)).subtracting(equal)
    rows = table.rows
    for candidate in table.indexes {
      let depth = candidate.columns.prefix { equal.contains($0) }.count
      var found = candidate.rows[depth]
      let hasRange = depth < candidate.columns.count && ranged.contains(candidate.columns[depth])
      if hasRange { found = max(1, found / 4) }
      guard depth > 0 || hasRange, found < rows else { continue }
      rows = found
      index = candidate
      given = depth
      usesIndex = true
      isUnique = candidate.isUnique && depth == candidate.columns.count
    }
    // A call through the virtual table costs about what four rows cost SQLite; the first look-up some more.
    cost = usesIndex ? 12 + 5 * rows : 2 * table.rows
    // What no index serves is left out by the store, too.
    let others = max(0, equal.count - given)
    guard others > 0 else {
      if !usesIndex { cost += 2 * rows }
      return
    }
    var part = 1.0
    for _ in 0..<min(others, 10) { part *= 4 }
    rows = max(1, min(rows / part, 1600 / part))
    // When such look-ups are repeated the port makes an index of its own, so one costs little; whether they
    // will be is not told, and a single one comes first in any order of a join.
    if !usesIndex { cost = 12 + 5 * min(rows, 20) + table.rows / 1000 }
  }

  /// Whether the chosen index, or any where none is chosen, has the rows in this order already.
  func isOrdered(by order: [PortPlan.Order], _ table: StoredTable) -> Bool {
    guard Set(order.map(\.descending)).count == 1 else { return false }
    let candidates = index.map { [$0] } ?? table.indexes
    return candidates.contains { candidate in
      let rest = index == nil ? candidate.columns[...] : candidate.columns.dropFirst(given)
      return order.count <= rest.count && zip(order, rest).allSatisfy { $0.column == $1 }
    }
  }

  mutating func addSort() {
    var doublings = 1.0
    var sorted = rows
    while sorted > 2 {
      sorted /= 2
      doublings += 1
    }
    cost += rows * doublings / 4
  }
}
