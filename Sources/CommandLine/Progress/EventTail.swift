import MeshModel
import Orchestration
import Records

/// What the event log says of some runs, as it is written.
struct EventTail {
  private let reader: StateReader
  private var last: Int64
  private var version: Int64?
  private var followed: FollowedRuns

  /// - Parameter last: the number of the event after which the runs were created.
  init(_ reader: StateReader, after last: Int64, _ followed: FollowedRuns) {
    self.reader = reader
    self.last = last
    self.followed = followed
  }

  /// Everything is final.
  var isOver: Bool { followed.isOver }

  /// What was committed since, as far as it belongs to the runs; at most some thousand changes at once.
  mutating func next() throws(RecordsError) -> [Change] {
    let current = try reader.dataVersion()
    guard current != version else { return [] }
    var found: [Change] = []
    for _ in 0..<8 {
      let page = try reader.events(after: last)
      guard let newest = page.last else {
        version = current
        break
      }
      last = newest.sequence
      for event in page where followed.take(event.change) { found.append(event.change) }
    }
    return found
  }
}
