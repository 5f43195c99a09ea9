import Basics
import Diagnostics
import Lineage
import MeshModel
import Planning

/// Plays every graph of up to four tasks with every trigger rule, every way a task can end, and every order
/// in which tasks that run at once can end, on the scheduler alone, and compares with `TriggerOracle`.
///
/// Up to three tasks with all scripts and with failures allowed or not; four with the three ends that
/// others can tell apart, for how a task came to its end is nothing to those after it. Graphs of one shape
/// are played once.
public struct ExhaustiveDriver {
  /// What a task's attempts do, one after the other; the last is the end.
  enum Script: Int, CaseIterable {
    case success, failure, skip, secondTry, secondFailure, lostOnce, lostTwice, timeout

    static let plain: [Script] = [.success, .failure, .skip]
  }

  /// Everything that is chosen before a run begins.
  struct Setting {
    let graph: SmallGraph
    let rules: [TriggerRule]
    let allowed: [Bool]
    var scripts: [Script] = []
  }

  public private(set) var cases = 0
  public private(set) var decisions = 0
  public private(set) var violations: [String] = []

  public init() {}

  /// Plays all graphs of that many tasks.
  ///
  /// - Parameter stride: plays one of so many combinations of rules.
  public mutating func play(tasks count: Int, stride: Int = 1) {
    let isSmall = count < 4
    var turn = 0
    for graph in SmallGraph.all(of: count) {
      let waiting = graph.waiting
      Self.eachChoice(Array(repeating: TriggerRule.allCases.count, count: waiting.count)) { rules in
        Self.eachChoice(Array(repeating: isSmall ? 2 : 1, count: count)) { allowed in
          turn += 1
          guard turn % stride == 0 else { return }
          var all = Array(repeating: TriggerRule.allSuccess, count: count)
          for (place, task) in waiting.enumerated() { all[task] = TriggerRule.allCases[rules[place]] }
          play(
            Setting(graph: graph, rules: all, allowed: allowed.map { $0 == 1 }),
            isSmall ? Script.allCases : Script.plain)
        }
      }
    }
  }

  private mutating func play(_ setting: Setting, _ scripts: [Script]) {
    var stage = ExhaustiveStage(setting)
    var setting = setting
    Self.eachChoice(Array(repeating: scripts.count, count: setting.graph.count)) { chosen in
      setting.scripts = chosen.map { scripts[$0] }
      // Every order of ends: each play tells how many could have been first at each choice.
      var order: [Int] = []
      repeat {
        let options = stage.play(setting, order: order)
        cases += 1
        if let violation = stage.violation, violations.count < 20 {
          violations.append("\(Self.text(setting)): \(violation)")
        }
        order = Self.next(after: order, options)
      } while !order.isEmpty
    }
    decisions += stage.decisions
  }

  /// Counts through all combinations of choices.
  private static func eachChoice(_ options: [Int], _ body: ([Int]) -> Void) {
    var choice = Array(repeating: 0, count: options.count)
    while true {
      body(choice)
      guard let place = choice.indices.last(where: { choice[$0] + 1 < options[$0] }) else { return }
      choice[place] += 1
      for later in choice.indices where later > place { choice[later] = 0 }
    }
  }

  /// The next way through a tree of which only the options met on the last way are known; empty: there is
  /// none.
  private static func next(after order: [Int], _ options: [Int]) -> [Int] {
    let padded = options.indices.map { order.indices.contains($0) ? order[$0] : 0 }
    guard let place = options.indices.last(where: { padded[$0] + 1 < options[$0] }) else { return [] }
    return Array(padded[..<place]) + [padded[place] + 1]
  }

  private static func text(_ setting: Setting) -> String {
    (0..<setting.graph.count).map { task in
      let upstream = setting.graph.upstreams(of: task).map(String.init).joined(separator: ",")
      return "\(task)<-[\(upstream)] \(setting.rules[task].rawValue) \(setting.scripts[task])"
        + (setting.allowed[task] ? " allowed" : "")
    }.joined(separator: "; ")
  }
}
