import Basics

extension Instant {
  /// The moment as people read it, always with its zone: `2013-01-31 06:00:00Z`.
  var text: String { sqliteText + "Z" }
}
