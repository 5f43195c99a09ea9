import Basics
import MeshModel
import Planning
import Timetables

/// The values that a task's SQL may name.
struct BoundValues: Sendable {
  private let zones: ZoneCache

  init() { zones = ZoneCache() }

  /// The values of exactly the names that the text mentions.
  func values(for text: String, site: TaskSite) throws(AttemptFailure) -> [String: Scalar] {
    var values: [String: Scalar] = [:]
    for name in Self.names(in: text) where values[name] == nil {
      values[name] = try value(name, site: site)
    }
    return values
  }

  /// Nil: nobody has declared it.
  private func value(_ name: String, site: TaskSite) throws(AttemptFailure) -> Scalar? {
    let run = site.context.run
    switch name {
    case "partition": return (run.partition?.key).map(Scalar.text) ?? .null
    case "interval_start": return (run.interval?.start.sqliteText).map(Scalar.text) ?? .null
    case "interval_end": return (run.interval?.end.sqliteText).map(Scalar.text) ?? .null
    case "local_start": return try local(run.interval?.start, site)
    case "local_end": return try local(run.interval?.end, site)
    case "run": return .integer(run.run)
    case "each": return site.context.each ?? .null
    default: break
    }
    if let value = run.params[name] ?? site.mesh.values[name] { return value }
    if let output = site.context.upstreamOutputs[name] { return .text(output) }
    // An upstream that told nothing.
    return site.pipeline.tasks.contains { $0.name == name } ? .null : nil
  }

  private func local(_ moment: Instant?, _ site: TaskSite) throws(AttemptFailure) -> Scalar {
    guard let moment else { return .null }
    return .text(try zones.zone(site.pipeline.timezone).local(at: moment).text(separator: " "))
  }

  /// The names behind `:`, `@` or `$`, those within texts and comments too: a value too many does no harm.
  static func names(in text: String) -> [String] {
    var names: [String] = []
    var name: [UInt8] = []
    var isInName = false
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        if isInName { name.append(byte) }
      default:
        if !name.isEmpty {
          names.append(String(decoding: name, as: UTF8.self))
          name.removeAll(keepingCapacity: true)
        }
        isInName = byte == UInt8(ascii: ":") || byte == UInt8(ascii: "@") || byte == UInt8(ascii: "$")
      }
    }
    if !name.isEmpty { names.append(String(decoding: name, as: UTF8.self)) }
    return names
  }
}
