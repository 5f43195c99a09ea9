import MeshModel
import SQLite

/// Notes what SQLite says about a statement while it compiles it.
final class FootprintWitness {
  /// A change of the schema.
  struct SchemaChange {
    var action: AuthorizationRequest.Action
    var name: String
    /// The table of an index or trigger.
    var table: String?
  }

  /// Columns of own tables, by table.
  private(set) var ownReads: [String: Set<String>] = [:]
  /// Columns of other domains' datasets.
  private(set) var portReads: [DatasetName: Set<String>] = [:]
  private(set) var writes: [String: Set<StatementFootprint.Operation>] = [:]
  private(set) var updatedColumns: [String: Set<String>] = [:]
  private(set) var schemaChanges: [SchemaChange] = []

  /// Tables or names of WITH that are read without any of their columns, as written.
  private(set) var bareReads: Set<String> = []
  var inserts: Bool { writes.values.contains { $0.contains(.insert) } }

  /// Since the last `begin` of a script, unlike the above, which are of one statement.
  var changedSchema = false
  /// Own tables and views that the script's statements made or changed.
  var touched: Set<String> = []

  /// Before each statement.
  func begin() {
    bareReads.removeAll(keepingCapacity: true)
    ownReads.removeAll(keepingCapacity: true)
    portReads.removeAll(keepingCapacity: true)
    writes.removeAll(keepingCapacity: true)
    updatedColumns.removeAll(keepingCapacity: true)
    schemaChanges.removeAll(keepingCapacity: true)
  }

  func noteRead(of dataset: DatasetName, columns: [String]) {
    portReads[dataset, default: []].formUnion(columns)
  }

  /// Hears only of what is allowed, so all writes and changes are of own tables.
  func note(_ request: AuthorizationRequest, domain: String) {
    let name = request.first ?? ""
    switch request.action {
    case .read:
      guard let column = request.second, !column.isEmpty else {
        bareReads.insert(name.lowercased())
        return
      }
      guard request.database == domain, isData(name) else { return }
      if column == "ROWID" {
        _ = ownReads[name, default: []]
      } else {
        ownReads[name, default: []].insert(column)
      }
    case .insert, .delete:
      guard isData(name) else { return }
      writes[name, default: []].insert(request.action == .insert ? .insert : .delete)
    case .update:
      guard isData(name) else { return }
      writes[name, default: []].insert(.update)
      if let column = request.second { updatedColumns[name, default: []].insert(column) }
    case .createTable, .createView, .dropTable, .dropView:
      schemaChanges.append(SchemaChange(action: request.action, name: name))
    case .createIndex, .createTrigger, .dropIndex, .dropTrigger:
      // The index that a PRIMARY KEY or UNIQUE brings along belongs to its table.
      guard isData(name) else { return }
      schemaChanges.append(SchemaChange(action: request.action, name: name, table: request.second))
    case .alterTable:
      schemaChanges.append(SchemaChange(action: .alterTable, name: request.second ?? ""))
    default: return
    }
  }

  /// Not one of SQLite's own tables or table-valued functions.
  private func isData(_ name: String) -> Bool {
    !name.hasPrefix("sqlite_") && name != "json_each" && name != "json_tree"
  }
}
