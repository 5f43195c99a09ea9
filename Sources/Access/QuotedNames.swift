import MeshModel

extension String {
  /// As a name in SQL.
  var quoted: String {
    utf8.contains(UInt8(ascii: "\"")) ? "\"\(replacing("\"", with: "\"\""))\"" : "\"\(self)\""
  }
}

extension DatasetName {
  /// As a name in SQL.
  var quoted: String { "\(domain.quoted).\(name.quoted)" }
}

extension Column {
  /// As in CREATE TABLE.
  var declaration: String { type == .any ? name.quoted : "\(name.quoted) \(type.declaration)" }
}
