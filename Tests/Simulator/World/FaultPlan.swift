/// What a seed lets go wrong: which faults exist, and how often they strike.
struct FaultPlan {
  private(set) var kinds: Set<FaultKind> = []
  private let rate: Double
  /// Faults are over: from now on everything works.
  var isOver = false

  init(_ chance: Chance) {
    // Some seeds have none, some have them all.
    let share = [0.0, 0.2, 0.5, 0.8, 1.0].randomElement(using: &chance.generator) ?? 0.5
    for kind in FaultKind.allCases where chance.happens(share) { kinds.insert(kind) }
    rate = [0.02, 0.05, 0.15, 0.3].randomElement(using: &chance.generator) ?? 0.05
  }

  /// Owners that die, with their keeper and the machine or without, and nothing else besides; or nothing.
  init(crashing: Bool) {
    kinds = crashing ? [.ownerKilled, .ownerKilledWriting, .powerFailure, .keeperKilled] : []
    rate = 0.2
  }

  /// Operators who do what they can, and nothing that goes wrong.
  static var ofOperators: FaultPlan {
    var plan = FaultPlan(crashing: false)
    plan.kinds = [
      .cancel, .secondCancel, .pause, .markedMissing, .markedInstance, .staleBackfill, .acceptance, .approval,
      .overlappingBackfill, .shownPlan,
    ]
    return plan
  }

  /// Whether the fault strikes now.
  func strikes(_ kind: FaultKind, _ chance: Chance, times factor: Double = 1) -> Bool {
    !isOver && kinds.contains(kind) && chance.happens(min(0.9, rate * factor))
  }

  func has(_ kind: FaultKind) -> Bool { !isOver && kinds.contains(kind) }
}
