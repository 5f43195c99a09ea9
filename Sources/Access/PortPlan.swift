import SQLite

/// How a port answers: which columns, which rows, in which order.
struct PortPlan: Hashable {
  struct Filter: Hashable {
    /// Its place among the constraints that SQLite told of.
    var number: Int
    var column: Int
    var comparison: IndexQuestion.Comparison
  }

  struct Order: Hashable {
    var column: Int
    var descending: Bool
  }

  /// What of a filter can be asked of the store, once its value is known; SQLite checks every row again.
  enum Form: Hashable {
    case exact
    /// Also lets through texts that look like numbers.
    case wide
    case dropped
  }

  /// The statement of the domain's connection; plans are not shared, as their values come from different
  /// places.
  var statement: Int
  /// Places of columns, ascending.
  var columns: [Int]
  var filters: [Filter]
  var order: [Order]

  /// Nothing of the rows is asked but that they are there.
  var countsOnly: Bool { columns.isEmpty && filters.isEmpty && order.isEmpty }

  /// The store's SELECT; the row number comes first.
  func sql(for table: StoredTable, forms: [Form], in source: String) -> String {
    guard let rowNumber = table.rowNumber else {
      // One fixed scan of all columns numbers the rows alike every time.
      return "SELECT 0, \(table.columns.map(\.name.sqlName).joined(separator: ", ")) FROM \(source)"
    }
    if countsOnly { return "SELECT count(*) FROM \(source)" }
    var sql =
      "SELECT \(([rowNumber] + columns.map { table.columns[$0].name.sqlName }).joined(separator: ", "))"
    sql += " FROM \(source)"
    let conditions = filters.indices.compactMap { condition($0, table, forms[$0]) }
    if !conditions.isEmpty { sql += " WHERE \(conditions.joined(separator: " AND "))" }
    if !order.isEmpty {
      let terms = order.map { "\(table.columns[$0.column].name.sqlName)\($0.descending ? " DESC" : "")" }
      sql += " ORDER BY \(terms.joined(separator: ", "))"
    }
    return sql
  }

  private func condition(_ index: Int, _ table: StoredTable, _ form: Form) -> String? {
    let name = table.columns[filters[index].column].name.sqlName
    let value = "?\(index + 1)"
    let condition: String
    switch filters[index].comparison {
    case .equal: condition = "\(name) = \(value)"
    case .isSame: condition = "\(name) IS \(value)"
    case .greater: condition = "\(name) > \(value)"
    case .greaterOrEqual: condition = "\(name) >= \(value)"
    case .less: condition = "\(name) < \(value)"
    case .lessOrEqual: condition = "\(name) <= \(value)"
    case .isNull: return "\(name) IS NULL"
    case .isNotNull: return "\(name) IS NOT NULL"
    }
    switch form {
    case .exact: return condition
    case .dropped: return nil
    case .wide:
      // A text that SQLite takes for a number begins with a blank, a sign, a point or a digit, and has a
      // minus within only behind an exponent's E; so days such as 2013-01-31 are kept out.
      let mayBeNumber = "\(name) NOT GLOB '?*-*' OR \(name) GLOB '*[eE]*' OR unicode(\(name)) <= 32"
      return "(\(condition) OR (\(name) < ':' AND (\(mayBeNumber))))"
    }
  }

  /// What of each filter can be asked, given the values.
  ///
  /// SQLite converts both sides of a comparison by the affinities of both, and a virtual table is not told
  /// that of the other side. So what depends on it is not asked of the store, or asked more widely.
  ///
  /// - Parameter isPlain: which values are literals or parameters; these have no affinity there as here.
  func forms(_ values: CursorArguments, _ table: StoredTable, isPlain: [Bool]) -> [Form] {
    filters.indices.map { index in
      if index < isPlain.count, isPlain[index] { return .exact }
      let filter = filters[index]
      let affinity = table.columns[filter.column].affinity
      if affinity == .numeric || filter.comparison == .isNull || filter.comparison == .isNotNull {
        return .exact
      }
      let isEquality = filter.comparison == .equal || filter.comparison == .isSame
      switch values.storage(index) {
      case .null, .blob: return .exact
      case .integer, .real: return .dropped
      case .text where affinity == .none:
        return isEquality && !values.looksNumeric(index) ? .exact : .dropped
      case .text:
        // Were the other side a number's column, texts that look like numbers would be less than any text.
        let isUpper = filter.comparison == .less || filter.comparison == .lessOrEqual
        return isUpper ? .wide : .exact
      }
    }
  }
}
