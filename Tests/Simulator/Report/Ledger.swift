/// A line of the ledger: what some seeds came to, in columns that a later reader adds up.
public struct LedgerLine: Sendable {
  public var commit: String
  public var first: UInt64
  public var seeds: Int
  public var tally: Tally

  public init(commit: String, first: UInt64, seeds: Int, tally: Tally) {
    self.commit = commit
    self.first = first
    self.seeds = seeds
    self.tally = tally
  }

  public static let header =
    "commit\tfirst seed\tseeds\tdecisions\tcommits\truns\tattempts\trestarts\tsimulated years\tviolations"
    + "\tfaults\ttransitions"

  public var text: String {
    let faults = FaultKind.allCases.map { "\($0.rawValue)=\(tally.faults[$0] ?? 0)" }
    let transitions = tally.transitions.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let columns = [
      commit, "\(first)", "\(seeds)", "\(tally.decisions)", "\(tally.commits)", "\(tally.runs)",
      "\(tally.attempts)", "\(tally.restarts)", "\(Int(tally.simulatedYears))", "\(tally.violations.count)",
      faults.joined(separator: ";"), transitions.joined(separator: ";"),
    ]
    return columns.joined(separator: "\t")
  }

  /// The kinds of faults and the legal transitions that a ledger has less often than that.
  public static func rare(in ledger: String, least: Int) -> [String] {
    var hits: [String: Int] = [:]
    for line in ledger.split(separator: "\n").dropFirst() {
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
      for column in columns.dropFirst(10) {
        for pair in column.split(separator: ";") {
          guard let end = pair.lastIndex(of: "="), let count = Int(pair[pair.index(after: end)...]) else {
            continue
          }
          hits[String(pair[..<end]), default: 0] += count
        }
      }
    }
    return (FaultKind.allCases.map(\.rawValue) + Transitions.all).filter { hits[$0] ?? 0 < least }
      .map { "\($0): \(hits[$0] ?? 0)" }
  }

  /// What a ledger says so far: where the next seeds begin, and how many decisions there are.
  public static func sum(of ledger: String) -> (next: UInt64, decisions: Int) {
    var next: UInt64 = 1
    var decisions = 0
    for line in ledger.split(separator: "\n").dropFirst() {
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard columns.count > 4, let first = UInt64(columns[1]), let seeds = UInt64(columns[2]) else {
        continue
      }
      next = max(next, first + seeds)
      decisions += Int(columns[3]) ?? 0
    }
    return (next, decisions)
  }
}
