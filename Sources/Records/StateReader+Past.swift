import Basics
import MeshModel

extension StateReader {
  /// The record as it was at a moment: what the event log makes of what happened until then, in a file
  /// without a name. Nil: nothing had happened.
  ///
  /// Throws `absent` where retention has taken the events away that tell.
  public func past(at moment: Instant, clock: any Clock) throws(RecordsError) -> StateReader? {
    try snapshot { reader -> StateReader? in
      let found = try firstRow("SELECT max(seq) FROM events WHERE at <= ?") {
        $0.add(moment)
      } _: {
        try $0.optionalInt64(0)
      }
      let oldest = try firstRow("SELECT seq, at FROM events ORDER BY seq LIMIT 1") {
        (sequence: try $0.int64(0), at: try $0.instant(1))
      }
      let fold = try Fold(in: .scratchFile)
      if let last = found ?? nil {
        try fold.begin(with: reader, upTo: last)
        if fold.last > 0 || oldest?.sequence == 1 {
          while fold.last < last, try fold.advance(with: reader, upTo: last) {}
          return StateReader(ofFolded: fold.connection, clock: clock)
        }
      } else if oldest?.sequence ?? 1 == 1 {
        return nil
      }
      let since = oldest.map { "; the record tells of what was from \($0.at.sqliteText)Z on" } ?? ""
      throw RecordsError(
        .absent, "how it was then is not known any more: retention has removed the events\(since)",
        help: "ask for a later moment, or let 'mesh.yaml' keep events for longer: 'retention'")
    }
  }
}
