import CSQLite
import Glibc

/// A place of a program where a virtual table's cursor starts, and where the values for it come from.
public struct VirtualFilter: Sendable {
  /// What `VirtualTable.plan` answered.
  public var plan: Int
  /// For each argument whether it is a literal or a bound parameter as it is. Such a value has no affinity;
  /// of others that is not known.
  public var isPlain: [Bool]
}

extension Statement {
  /// Steps through a statement that begins with EXPLAIN and finds where virtual tables are started.
  public func readVirtualFilters() throws(SQLiteError) -> [VirtualFilter] {
    var filters: [VirtualFilter] = []
    var seen: [Step] = []
    while try step() {
      guard let name = sqlite3_column_text(handle, 1) else { continue }
      let step = Step(
        kind: Step.Kind(UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self)), first: int(2),
        second: int(3), third: int(4))
      if step.kind == .filter, let filter = Self.filter(step, after: seen) { filters.append(filter) }
      seen.append(step)
    }
    return filters
  }

  /// Right before a filter its arguments are put in registers, in order, and then the plan and their number.
  private static func filter(_ step: Step, after seen: [Step]) -> VirtualFilter? {
    guard seen.count >= 2 else { return nil }
    let count = seen[seen.count - 1]
    let plan = seen[seen.count - 2]
    guard count.kind == .integer, count.second == step.third + 1, plan.kind == .integer,
      plan.second == step.third, (0..<1000).contains(count.first)
    else { return nil }
    var filter = VirtualFilter(plan: plan.first, isPlain: Array(repeating: false, count: count.first))
    var place = seen.count - 3
    for argument in (0..<count.first).reversed() {
      guard place >= 0 else { break }
      let source = seen[place]
      let register = step.third + 2 + argument
      switch source.kind {
      case .integer, .literal:
        guard source.second == register else { return filter }
        filter.isPlain[argument] = true
      case .column:
        guard source.third == register else { return filter }
      case .filter, .other: return filter
      }
      place -= 1
    }
    return filter
  }

  fileprivate struct Step {
    enum Kind { case integer, literal, column, filter, other }

    var kind: Kind
    var first: Int
    var second: Int
    var third: Int
  }
}

extension Statement.Step.Kind {
  fileprivate init(_ name: UnsafePointer<CChar>) {
    func isWord(_ word: String) -> Bool { strcmp(name, word) == 0 }
    self =
      if isWord("VFilter") { .filter } else if isWord("Integer") {
        .integer
      } else if isWord("Column")
        || isWord("VColumn")
      {
        .column
      } else if isWord("Variable") || isWord("String8") || isWord("Int64") || isWord("Real")
        || isWord("Null")
      { .literal } else { .other }
  }
}
