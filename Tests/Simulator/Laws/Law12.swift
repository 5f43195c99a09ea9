/// What was acknowledged survives any crash.
enum Law12 {
  /// - Parameter lastEvent: the last event that is in the log after a crash.
  static func check(lastEvent: Int64, _ chronicle: Chronicle, _ court: Court) {
    guard lastEvent < chronicle.sequence else { return }
    court.violations.append((12, "\(chronicle.sequence) was acknowledged, and the log ends at \(lastEvent)"))
  }
}
