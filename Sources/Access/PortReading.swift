import SQLite

/// A plan of a port, ready to be read by, and what is kept of its readings.
final class PortReading {
  let plan: PortPlan
  let number: Int
  private let table: StoredTable
  private let source: PortSource
  /// For each column its place in the rows, or -1.
  let places: [Int]
  /// Which values are literals or parameters.
  let isPlain: [Bool]
  /// What may be asked of the store whatever the values are; nil: that depends on them.
  private let fixedForms: [PortPlan.Form]?
  private let readsWholeTable: Bool
  private var lookups = 0
  private var copy: PortCopy?
  /// Compiled statements that no cursor uses now.
  private var idle: [Key: [Statement]] = [:]

  struct Key: Hashable {
    var forms: [PortPlan.Form]
    /// The snapshot of the copy that it reads; 0: it reads the table itself.
    var copy: Int
  }

  init(_ plan: PortPlan, number: Int, table: StoredTable, source: PortSource, isPlain: [Bool]) {
    self.plan = plan
    self.number = number
    self.table = table
    self.source = source
    self.isPlain = isPlain
    var places = Array(repeating: -1, count: table.columns.count)
    for (place, column) in plan.columns.enumerated() {
      places[column] = table.rowNumber == nil ? column + 1 : place + 1
    }
    self.places = places
    let isFixed = plan.filters.indices.allSatisfy { index in
      index < isPlain.count && isPlain[index]
        || table.columns[plan.filters[index].column].affinity == .numeric
        || plan.filters[index].comparison == .isNull || plan.filters[index].comparison == .isNotNull
    }
    fixedForms = isFixed ? Array(repeating: .exact, count: plan.filters.count) : nil
    readsWholeTable = table.rowNumber != nil && !PortEstimate(plan.filters, table).usesIndex
  }

  /// The rows come without a number of their own, so they are counted as they come.
  var numbersRows: Bool { table.rowNumber == nil }
  var countsOnly: Bool { !numbersRows && plan.countsOnly }

  func forms(_ values: CursorArguments) -> [PortPlan.Form] {
    fixedForms ?? plan.forms(values, table, isPlain: isPlain)
  }

  /// Which statement serves a reading of these forms now.
  func key(_ forms: [PortPlan.Form]) throws(SQLiteError) -> Key {
    guard readsWholeTable, !plan.filters.isEmpty else { return Key(forms: forms, copy: 0) }
    if let copy, copy.snapshot != source.snapshot {
      self.copy = nil
      lookups = 0
      idle = idle.filter { $0.key.copy == 0 }
    }
    if copy == nil {
      lookups += 1
      guard lookups > PortCopy.lookupsBefore, PortCopy.pays(plan, forms, table) else {
        return Key(forms: forms, copy: 0)
      }
      copy = try PortCopy(of: table, for: plan, forms, number: number, source: source)
    }
    guard let copy, copy.forms == forms else { return Key(forms: forms, copy: 0) }
    return Key(forms: forms, copy: copy.snapshot)
  }

  /// A statement for a cursor to use, and give back.
  func takeStatement(_ key: Key) throws(SQLiteError) -> Statement? {
    if let statement = idle[key]?.popLast() { return statement }
    guard let store = source.connection else { return nil }
    let name = key.copy == 0 ? nil : copy?.name
    return try store.prepareForKeeping(
      plan.sql(for: table, forms: key.forms, in: name ?? "main.\(table.name.sqlName)"))
  }

  func giveBack(_ statement: Statement, _ key: Key) {
    statement.reset()
    guard key.copy == 0 || key.copy == source.snapshot else { return }
    idle[key, default: []].append(statement)
  }
}
