import Basics
import Execution
import Lineage
import MeshModel
import Planning
import Records
import SQLite
import TestKit
import Testing

/// Tasks on the domain's store, and a look into it.
extension Workshop {
  static let table = DatasetName(domain: "ops", name: "days")

  @discardableResult
  func sql(
    _ text: String, mode: Target.Mode? = nil, partitionBy: [String] = ["day"], key: [String] = [],
    dataset: DatasetName = Workshop.table, _ change: (inout TaskDeclaration) -> Void = { _ in }
  ) -> Int {
    let into = mode.map {
      Target(dataset: dataset, mode: $0, partitionBy: partitionBy, key: key, position: position)
    }
    return add("t\(pipeline.tasks.count)", .sql(SQLTask(text: self.text(text), into: into)), change)
  }

  @discardableResult
  func load(
    _ file: String, columns: [Column], mode: Target.Mode = .replace, key: [String] = [],
    _ change: (inout LoadTask) -> Void = { _ in }
  ) -> Int {
    var task = LoadTask(
      source: .file(.literal(.text(file))), columns: columns,
      into: Target(dataset: Self.table, mode: mode, partitionBy: ["day"], key: key, position: position))
    change(&task)
    return add("t\(pipeline.tasks.count)", .load(task))
  }

  /// The first column of a query on a store, one text a row.
  func query(_ sql: String, store: String = "ops") throws -> [String] {
    let connection = try Connection(path: stores + "/\(store).db", mode: .readOnly)
    let statement = try connection.prepare(sql)
    var rows: [String] = []
    while try statement.step() {
      let columns = (0..<statement.columnCount).map { statement.optionalText($0) ?? "NULL" }
      rows.append(columns.joined(separator: "|"))
    }
    return rows
  }

  /// Writes to a store by hand, as an operator or an earlier task would.
  func change(_ script: String, store: String = "ops") throws {
    try Connection(path: stores + "/\(store).db", mode: .create).execute(script)
  }
}
