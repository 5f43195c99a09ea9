extension String {
  /// The name as SQL takes it, whatever it holds.
  var sqlName: String { "\"" + replacing("\"", with: "\"\"") + "\"" }
}
