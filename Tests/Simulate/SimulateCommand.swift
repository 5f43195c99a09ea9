import Basics
import Glibc
import Simulator

/// Plays seeds, or the exhaustive driver, and says what came of it.
struct SimulateCommand {
  private static let usage = """
    usage: simulate [--seeds N] [--from S] [--threads N] [--trace | --digest] [--fail-fast]
           simulate --decisions N --ledger FILE --commit ID [--threads N]
           simulate --exhaustive

      --decisions   goes on where the ledger ends, until it holds so many, and sees that each kind of fault and each
                    legal transition is among them once in a hundred thousand
      --fail-fast   ends at the first broken law
      --trace       prints every change
      --digest      prints the digest of each seed's event log
    """

  private var seeds: UInt64 = 100
  private var from: UInt64 = 1
  private var threads = 1
  private var decisions: Int?
  private var ledger: String?
  private var commit = "unknown"
  private var flags: Set<String> = []
  private let clock = SystemClock()

  init?(arguments: [String]) {
    var rest = arguments[...]
    while let word = rest.popFirst() {
      switch word {
      case "--seeds": seeds = rest.popFirst().flatMap { UInt64($0) } ?? seeds
      case "--from": from = rest.popFirst().flatMap { UInt64($0) } ?? from
      case "--threads": threads = rest.popFirst().flatMap { Int($0) } ?? threads
      case "--decisions": decisions = rest.popFirst().flatMap { Int($0) }
      case "--ledger": ledger = rest.popFirst()
      case "--commit": commit = rest.popFirst() ?? commit
      case "--exhaustive", "--trace", "--digest", "--fail-fast": flags.insert(word)
      default:
        print(Self.usage)
        return nil
      }
    }
  }

  /// Whether no law was broken.
  func run() throws -> Bool {
    if flags.contains("--exhaustive") { return playExhaustively() }
    guard let decisions, let ledger else {
      return try play(from..<from + seeds).violations.isEmpty
    }
    var (next, sum) = LedgerLine.sum(of: Self.text(of: ledger))
    while sum < decisions {
      let tally = try play(next..<next + seeds)
      let line = LedgerLine(commit: commit, first: next, seeds: Int(seeds), tally: tally)
      Self.append(line.text, to: ledger)
      if !tally.violations.isEmpty { return false }
      next += seeds
      sum += tally.decisions
    }
    print("the ledger holds \(sum) decisions")
    let rare = LedgerLine.rare(in: Self.text(of: ledger), least: decisions / 100_000)
    for line in rare { print("too rare: \(line)") }
    return rare.isEmpty
  }

  private func playExhaustively() -> Bool {
    var driver = ExhaustiveDriver()
    for tasks in 1...4 { driver.play(tasks: tasks) }
    print("every graph of up to 4 tasks: \(driver.cases) cases, \(driver.decisions) decisions")
    for violation in driver.violations { print(violation) }
    return driver.violations.isEmpty
  }

  private func play(_ range: Range<UInt64>) throws -> Tally {
    let begin = clock.monotonicNanoseconds
    let isDigested = flags.contains("--digest")
    let failsFast = flags.contains("--fail-fast")
    let tally = try Simulation.play(seeds: range, threads: threads, isTraced: flags.contains("--trace")) {
      seed, played in
      if isDigested { print("\(seed) \(played.logDigest)") }
      for violation in played.violations {
        print(violation.description)
        print("  again: \(violation.replay)")
      }
      fflush(nil)
      if failsFast, !played.violations.isEmpty { exit(1) }
    }
    if isDigested { return tally }
    let seconds = Double(clock.monotonicNanoseconds - begin) / 1e9
    print(
      """
      \(range.count) seeds from \(range.lowerBound): \(tally.decisions) decisions in \
      \(tally.commits) commits, \
      \(tally.runs) runs, \(tally.attempts) attempts, \(tally.restarts) restarts, \
      \(Int(tally.simulatedYears)) \
      years in \(Int(seconds)) s, \(Int(Double(tally.decisions) / seconds)) decisions/s, \
      \(tally.violations.count) violations
      """)
    fflush(nil)
    return tally
  }

  private static func text(of path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += buffer[..<count]
    }
  }

  private static func append(_ line: String, to path: String) {
    guard let file = fopen(path, "a") else { return }
    fputs(line + "\n", file)
    fclose(file)
  }
}
