import Basics
import MeshModel

/// How long a backfill's plan takes, foreseen.
public struct PlanEstimate: Sendable, Hashable {
  /// From its beginning to the end of its last run; at least, where it is cut.
  public var takes: Duration
  /// It takes longer than was foreseen, or never ends.
  public var isCut: Bool
  public var workers: Int
  /// Why it is uncertain; none: everything is as before.
  public var doubts: [String]

  private static let mostDoubts = 5

  init(of backfill: BackfillID, in forecast: Forecast) {
    let runs = forecast.runs.filter { $0.backfill == backfill }
    let ends = runs.compactMap(\.endsAt)
    isCut = ends.count < runs.count
    takes = (isCut ? forecast.until : ends.max() ?? forecast.from) - forecast.from
    workers = forecast.workers
    var known: Set<String> = []
    doubts = []
    for doubt in runs.flatMap(\.doubts) where doubts.count < Self.mostDoubts && known.insert(doubt).inserted {
      doubts.append(doubt)
    }
  }
}
