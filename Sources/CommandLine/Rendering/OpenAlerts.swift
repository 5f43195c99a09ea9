import MeshModel
import Records

/// How many alerts are open.
struct OpenAlerts {
  private(set) var open = 0
  /// Of these, those that nobody has acknowledged.
  private(set) var unknown = 0

  init() {}

  /// - Parameter pipelines: nil: all.
  init(_ reader: StateReader, of pipelines: [PipelineName]? = nil) throws(RecordsError) {
    for (_, counts) in try reader.openAlerts(of: pipelines) {
      open += counts.open
      unknown += counts.unknown
    }
  }

  /// `3 open alerts, 1 of them acknowledged; see: heddle alerts`; nil: there is none.
  var line: String? {
    guard open > 0 else { return nil }
    let known = open - unknown
    let words = "\(Counted.grouped(open)) open \(open == 1 ? "alert" : "alerts")"
    return words + (known > 0 ? ", \(known) of them acknowledged" : "") + "; see: heddle alerts"
  }
}
