import MeshModel
import SQLite

/// Another domain's dataset on a domain's connection: a read-only virtual table over the other's store.
///
/// It has exactly the columns that the catalog knows. What a statement asks for is what the store is asked
/// for.
final class Port: VirtualTable {
  let dataset: DatasetName
  let source: PortSource
  /// Nil as long as the store or its table is not there.
  let table: StoredTable?
  private let known: [Column]
  private let ledger: PortLedger
  private var plans: [Int: PortPlan] = [:]
  private var numbers: [PortPlan: Int] = [:]
  private var readings: [Int: PortReading] = [:]

  init(_ dataset: DatasetName, columns: [Column], source: PortSource, ledger: PortLedger) throws(SQLiteError)
  {
    self.dataset = dataset
    self.source = source
    self.ledger = ledger
    known = columns
    table =
      if let store = source.connection { try StoredTable(dataset, known: columns, in: store) } else { nil }
  }

  var declaration: String {
    guard let table else {
      return "CREATE TABLE x(\(known.map(\.declaration).joined(separator: ", ")))"
    }
    let columns = table.columns.map { "\($0.name.sqlName) \($0.type) COLLATE \($0.collation)" }
    return "CREATE TABLE x(\(columns.joined(separator: ", ")))"
  }

  func open() -> any VirtualCursor { PortCursor(self) }

  func plan(_ question: inout IndexQuestion) {
    guard let table else {
      return question.answer(plan: 0, cost: 1, rows: 1, isUnique: false, isOrdered: false)
    }
    var plan = PortPlan(
      statement: ledger.statement, columns: question.usedColumns(of: table.columns.count), filters: [],
      order: [])
    guard table.rowNumber != nil else {
      return question.answer(
        plan: number(of: plan), cost: 10 * table.rows, rows: Int64(table.rows), isUnique: false,
        isOrdered: false)
    }
    for constraint in question.constraints where constraint.column < table.columns.count {
      let column = table.columns[constraint.column]
      guard question.collation(of: constraint).lowercased() == column.collation.lowercased() else { continue }
      question.use(constraint, asArgument: plan.filters.count)
      plan.filters.append(
        .init(
          number: constraint.number, column: constraint.column, comparison: constraint.comparison))
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
    let number = ledger.number()
    plans[number] = plan
    numbers[plan] = number
    return number
  }

  /// What a cursor reads by; nil for a plan that was never answered.
  func reading(_ number: Int) -> PortReading? {
    if let reading = readings[number] { return reading }
    guard let table, let plan = plans[number] else { return nil }
    let reading = PortReading(
      plan, number: number, table: table, source: source, isPlain: ledger.plain[number] ?? [])
    readings[number] = reading
    return reading
  }
}
