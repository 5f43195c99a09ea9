import MeshModel
import Planning

/// All laws together.
final class Bench {
  private let transitionLaw = Law03()
  private let fairness = Law08()
  private let adoption = Law14()
  private let stores = Law23()
  private let arrivals = Law27()
  private let notifications = Law30()
  let plans = Law31()
  private let laws: [any Law]
  private let court: Court

  init(_ court: Court) {
    self.court = court
    laws = [
      Law01(), Law02(), transitionLaw, Law04(), Law05(), Law06(), Law07(), fairness, Law09(), Law11(),
      adoption, Law15(), Law16(), Law17(), Law18(), Law19(), stores, Law24(), Law25(), Law26(),
      arrivals,
      WaitingLaw(), Law29(), notifications, plans,
    ]
  }

  /// Which legal transitions were seen, and how often.
  var transitions: [String: Int] { transitionLaw.hits }

  func see(_ changes: [Change], _ chronicle: Chronicle) {
    for change in changes {
      for law in laws { law.see(change, chronicle, court) }
      chronicle.apply(change)
    }
    for law in laws { law.seeCommit(changes, chronicle, court) }
  }

  func seeQuiet(_ chronicle: Chronicle) { for law in laws { law.seeQuiet(chronicle, court) } }

  /// Everything is final.
  func checkEnd(_ chronicle: Chronicle) {
    stores.checkEnd(court)
    arrivals.checkEnd(chronicle, court)
    notifications.checkEnd(court)
  }

  func see(_ deed: Machine.Deed, _ chronicle: Chronicle) {
    for law in laws { law.see(deed, chronicle, court) }
  }

  /// What a scheduler keeps in mind does not heap up.
  func see(kept scheduler: Scheduler) { notifications.see(scheduler.kept, court) }

  /// A new owner begins: what is not in the record is forgotten.
  func begin(_ chronicle: Chronicle) {
    fairness.forget()
    adoption.begin(chronicle)
    notifications.begin()
    plans.begin()
  }
}
