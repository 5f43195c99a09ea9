import Basics

/// A clock that shows the agenda's time; its wall may be set.
final class SimulatedClock: Clock, @unchecked Sendable {
  private let agenda: Agenda
  /// What wall clocks show at an agenda's beginning.
  static let beginning = Instant(seconds: 1_356_998_400)
  private var wall = beginning

  init(_ agenda: Agenda) { self.agenda = agenda }

  var now: Instant { wall + .milliseconds(agenda.time) }
  var monotonicNanoseconds: UInt64 { 1_000_000_000 + UInt64(agenda.time) * 1_000_000 }

  /// Sets the wall clock forward, or back.
  func step(by span: Duration) { wall = wall + span }
}
