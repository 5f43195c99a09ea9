import MeshModel
import Records

/// The tables equal the fold of the event log, column by column, and the log has no gaps.
enum Law10 {
  static func check(_ reader: StateReader, _ court: Court) throws {
    for difference in try reader.differencesFromFold() { court.violations.append((10, difference)) }
  }

  /// After a turn the log ends where the committed changes end.
  static func check(lastEvent: Int64, _ chronicle: Chronicle, _ court: Court) {
    guard lastEvent != chronicle.sequence else { return }
    court.violations.append((10, "the log ends at \(lastEvent), not at \(chronicle.sequence)"))
  }
}
