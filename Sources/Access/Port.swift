import MeshModel
import SQLite

/// Another domain's dataset on a domain's connection: a read-only virtual table over the other's store.
///
/// It has exactly the columns that the catalog knows. What a statement asks for is what the store is asked for.
final class Port: VirtualTable {
  let dataset: DatasetName
  let source: PortSource
  /// Nil as long as the store or its table is not there.
  let table: StoredTable?
  private let known: [Column]
  private(set) var plans: [PortPlan] = []
  private var numbers: [PortPlan: Int] = [:]
  /// Compiled statements that no cursor uses now.
  private var idle: [StatementKey: [Statement]] = [:]

  struct StatementKey: Hashable {
    var plan: Int
    var forms: [PortPlan.Form]
  }

  init(_ dataset: DatasetName, columns: [Column], source: PortSource) throws(SQLiteError) {
    self.dataset = dataset
    self.source = source
    known = columns
    table =
      if let store = source.connection { try StoredTable(dataset, known: columns, in: store) } else { nil }
  }

  var declaration: String {
    guard let table else {
      return "CREATE TABLE x(\(known.map(\.declaration).joined(separator: ", ")))"
    }
    let columns = table.columns.map { "\($0.name.quoted) \($0.type) COLLATE \($0.collation)" }
    return "CREATE TABLE x(\(columns.joined(separator: ", ")))"
  }

  func open() -> any VirtualCursor { PortCursor(self) }

  func plan(_ question: inout IndexQuestion) {
    guard let table else {
      return question.answer(plan: 0, cost: 1, rows: 1, isUnique: false, isOrdered: false)
    }
    var plan = PortPlan(columns: question.usedColumns(of: table.columns.count), filters: [], order: [])
    guard table.rowNumber != nil else {
      return question.answer(
        plan: number(of: plan), cost: 10 * table.rows, rows: Int64(table.rows), isUnique: false,
        isOrdered: false)
    }
    for constraint in question.constraints where constraint.column < table.columns.count {
      let column = table.columns[constraint.column]
      guard question.collation(of: constraint).lowercased() == column.collation.lowercased() else { continue }
      question.use(constraint, asArgument: plan.filters.count)
      plan.filters.append(.init(column: constraint.column, comparison: constraint.comparison))
    }
    var estimate = PortEstimate(plan.filters, table)
    let order = question.order.map { PortPlan.Order(column: $0.column, descending: $0.descending) }
    let canOrder = !order.isEmpty && order.allSatisfy { (0..<table.columns.count).contains($0.column) }
    if canOrder, estimate.rows > 25 || !estimate.usesIndex {
      plan.order = order
      if !estimate.isOrdered(by: order, table) { estimate.addSort() }
    }
    question.answer(
      plan: number(of: plan), cost: estimate.cost, rows: Int64(estimate.rows.rounded(.up)),
      isUnique: estimate.isUnique, isOrdered: !plan.order.isEmpty)
  }

  private func number(of plan: PortPlan) -> Int {
    if let number = numbers[plan] { return number }
    plans.append(plan)
    numbers[plan] = plans.count - 1
    return plans.count - 1
  }

  func takeStatement(_ key: StatementKey) throws(SQLiteError) -> Statement? {
    guard let table, let store = source.connection, key.plan < plans.count else { return nil }
    if let statement = idle[key]?.popLast() { return statement }
    return try store.prepareForKeeping(plans[key.plan].sql(for: table, forms: key.forms))
  }

  func giveBack(_ statement: Statement, _ key: StatementKey) {
    statement.reset()
    idle[key, default: []].append(statement)
  }
}
