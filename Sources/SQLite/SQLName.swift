import MeshModel

extension String {
  /// The name as SQL takes it, whatever it holds.
  public var sqlName: String {
    utf8.contains(UInt8(ascii: "\"")) ? "\"\(replacing("\"", with: "\"\""))\"" : "\"\(self)\""
  }
}

extension DatasetName {
  /// The name as SQL takes it: of the table in the database of its domain.
  public var sqlName: String { "\(domain.sqlName).\(name.sqlName)" }
}
