/// What binds all ports.
enum PortRules {
  /// The virtual table module behind every port.
  static let module = "heddle_port"
  /// SQLite as distributed attaches no more.
  static let mostDomains = 10
}
