import SQLite

/// What the ports of a connection know together: the numbers of their plans, and what is known of the values
/// that each plan will be given.
final class PortLedger {
  /// The statement that is compiled or run now.
  private(set) var statement = 0
  /// For each plan which of its values are literals or parameters.
  private(set) var plain: [Int: [Bool]] = [:]
  private var statements = 0
  private var plans = 0

  func number() -> Int {
    plans += 1
    return plans
  }

  /// Before a statement is compiled for the first time.
  func startStatement() -> Int {
    statements += 1
    statement = statements
    return statements
  }

  /// Before a statement runs, as SQLite may compile it anew.
  func resume(_ number: Int) { statement = number }

  /// Enters what a statement's program tells; where it starts a plan twice, both must agree.
  func enter(_ filters: [VirtualFilter]) {
    for filter in filters {
      if let known = plain[filter.plan] {
        plain[filter.plan] = zip(known, filter.isPlain).map { $0 && $1 }
      } else {
        plain[filter.plan] = filter.isPlain
      }
    }
  }
}
