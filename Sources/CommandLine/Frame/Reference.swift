import MeshModel

/// What a word of a command names.
enum Reference: Hashable {
  /// `412`.
  case run(RunID)
  /// `b12`.
  case backfill(BackfillID)
  /// `operations`.
  case domain(String)
  /// `operations/departures`, and with `@2013-01-31` its latest run for that partition.
  case pipeline(PipelineName, partition: String?)
  /// `operations/departures.publish`, one of its instances with `[EWR]`, of one run with `@2013-01-31`.
  case task(TaskName, each: String?, partition: String?)
  /// `operations.flights`, one of its partitions with `@2013-01-31`.
  case dataset(DatasetName, partition: String?)

  /// Reads a name; nil when it has no form that anything has.
  init?(_ text: String) {
    if let run = RunID(text), run > 0, !text.hasPrefix("+") {
      self = .run(run)
      return
    }
    if text.hasPrefix("b"), let backfill = BackfillID(text.dropFirst()), backfill > 0, !text.contains("+") {
      self = .backfill(backfill)
      return
    }
    if let instance = Reference.instance(text) {
      self = instance
      return
    }
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    guard let name = parts.first else { return nil }
    let partition = parts.count == 2 ? String(parts[1]) : nil
    if partition == "" { return nil }
    if let pipeline = PipelineName(name) {
      self = .pipeline(pipeline, partition: partition)
    } else if let task = TaskName(name) {
      self = .task(task, each: nil, partition: partition)
    } else if let dataset = DatasetName(name) {
      self = .dataset(dataset, partition: partition)
    } else if partition == nil, Name.isValid(name) {
      self = .domain(String(name))
    } else {
      return nil
    }
  }

  /// `task[value]@key`: the value may hold anything, so the brackets are found from both ends.
  private static func instance(_ text: String) -> Reference? {
    guard let open = text.firstIndex(of: "["), let close = text.lastIndex(of: "]"), open < close,
      let task = TaskName(text[..<open])
    else { return nil }
    let each = String(text[text.index(after: open)..<close])
    let rest = text[text.index(after: close)...]
    if rest.isEmpty { return .task(task, each: each, partition: nil) }
    guard rest.first == "@", rest.count > 1 else { return nil }
    return .task(task, each: each, partition: String(rest.dropFirst()))
  }
}
