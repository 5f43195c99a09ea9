import Diagnostics

/// A cycle of a graph as one would walk it, from the smallest of its nodes, so that it is always told alike.
struct CircularWalk<Step> {
  /// How many steps are told before the rest is only counted.
  private static var shown: Int { 12 }

  let first: Step
  let steps: [Step]

  /// Nil: there are no steps.
  init?(_ steps: [Step], from node: (Step) -> Int) {
    guard let start = steps.indices.min(by: { node(steps[$0]) < node(steps[$1]) }) else { return nil }
    first = steps[start]
    self.steps = Array(steps[start...] + steps[..<start])
  }

  /// The names of where the steps begin, from the first around to the first.
  func path(_ name: (Step) -> String) -> String {
    var names = steps.prefix(Self.shown).map(name)
    if steps.count > Self.shown { names.append("(\(steps.count - Self.shown) more)") }
    names.append(name(first))
    return names.joined(separator: " -> ")
  }

  /// What is to be said of each step.
  func notes(_ note: (Step) -> Diagnostic.Note) -> [Diagnostic.Note] {
    var notes = steps.prefix(Self.shown).map(note)
    if steps.count > Self.shown { notes.append(.init("and \(steps.count - Self.shown) more")) }
    return notes
  }
}
