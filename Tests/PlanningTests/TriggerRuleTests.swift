import MeshModel
import Testing

@testable import Planning

@Suite struct TriggerRuleTests {
  /// Upstream states as letters (s success, f failed, u upstream failed, k skipped, w not final yet), and
  /// what each rule says: start, wait, skip, upstream failed.
  static let table: [(String, [TriggerRule: String])] = [
    ("s", row("start", "start", "skip", "start", "skip", "start", "start", "start")),
    ("f", row("failed", "start", "start", "failed", "start", "failed", "failed", "start")),
    ("u", row("failed", "start", "start", "failed", "start", "failed", "failed", "start")),
    ("k", row("skip", "start", "skip", "skip", "skip", "start", "skip", "skip")),
    ("sk", row("skip", "start", "skip", "start", "skip", "start", "start", "skip")),
    ("sf", row("failed", "start", "skip", "start", "start", "failed", "failed", "start")),
    ("fk", row("failed", "start", "skip", "failed", "start", "failed", "failed", "skip")),
    ("sw", row("wait", "wait", "skip", "start", "wait", "wait", "wait", "wait")),
    ("fw", row("failed", "wait", "wait", "wait", "start", "failed", "failed", "wait")),
    ("kw", row("wait", "wait", "skip", "wait", "wait", "wait", "wait", "skip")),
    ("", row("start", "start", "start", "start", "start", "start", "start", "start")),
  ]

  /// In the order of `TriggerRule.allCases`.
  static func row(_ words: String...) -> [TriggerRule: String] {
    Dictionary(uniqueKeysWithValues: zip(TriggerRule.allCases, words))
  }

  static let states: [Character: InstanceState] = [
    "s": .success, "f": .failed, "u": .upstreamFailed, "k": .skipped, "w": .running,
  ]

  static func verdict(_ rule: TriggerRule, _ letters: String) -> String {
    var tally = UpstreamTally()
    for letter in letters { tally.count(states[letter] ?? .waiting, failureAllowed: false) }
    switch rule.verdict(tally, allFinal: !letters.contains("w")) {
    case .start: return "start"
    case .wait: return "wait"
    case .skip: return "skip"
    case .upstreamFailed: return "failed"
    }
  }

  @Test(arguments: TriggerRuleTests.table.indices) func `a rule reads its upstreams as its name says`(
    row: Int
  ) {
    let (letters, expected) = Self.table[row]
    for (rule, word) in expected {
      #expect(Self.verdict(rule, letters) == word, "\(rule.rawValue) of '\(letters)'")
    }
  }

  /// A verdict given early is the verdict that all ends of the others lead to.
  @Test(arguments: TriggerRule.allCases) func `a verdict does not depend on the order of ends`(
    rule: TriggerRule
  ) {
    let letters = ["s", "f", "u", "k"]
    for first in letters {
      for second in letters {
        let early = Self.verdict(rule, first + "ww")
        guard early != "wait" else { continue }
        for third in letters {
          #expect(
            Self.verdict(rule, first + second + third) == early,
            "\(rule.rawValue) of \(first)\(second)\(third)")
        }
      }
    }
  }
}
