import MeshModel
import Threads
import Timetables

/// Zones read from the system's files once.
final class ZoneCache: Sendable {
  private let zones = Guarded([String: Zone]())

  func zone(_ name: String) throws(AttemptFailure) -> Zone {
    if let zone = zones.withLock({ $0[name] }) { return zone }
    let zone: Zone
    do { zone = try Zone(named: name) } catch {
      throw AttemptFailure("zone", "the time zone '\(name)' cannot be read: \(error)", isPermanent: true)
    }
    zones.withLock { $0[name] = zone }
    return zone
  }
}
