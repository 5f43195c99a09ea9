import Basics
import MeshModel

extension JSONWriter {
  /// One object with its schema, `heddle.<name>/v1`, as the first member.
  public static func document(_ schema: String, _ members: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("schema")
      writer.string("heddle.\(schema)/v1")
      members(&writer)
    }
    return writer.bytes
  }

  /// Writes the members `partition`, `interval_start` and `interval_end`; null what there is not.
  ///
  /// - Parameter ticks: the interval where there is no partition.
  public mutating func partition(_ partition: PartitionInterval?, ticks: DataInterval? = nil) {
    let interval = partition?.interval ?? ticks
    key("partition")
    string(partition?.key)
    key("interval_start")
    string(interval?.start.rfc3339)
    key("interval_end")
    string(interval?.end.rfc3339)
  }

  /// Writes the member `reason`; null where there is none.
  public mutating func reason(_ reason: Reason?) {
    key("reason")
    guard let reason else { return null() }
    object { writer in
      writer.key("code")
      writer.string(reason.code)
      writer.key("text")
      writer.string(reason.text)
    }
  }

  /// Writes a member that is a moment, in RFC 3339, or null.
  public mutating func moment(_ name: String, _ moment: Instant?) {
    key(name)
    string(moment?.rfc3339)
  }

  /// Writes the member `params`.
  public mutating func params(_ params: [String: Scalar]) {
    key("params")
    object { writer in
      for (name, value) in params.sorted(by: { $0.key < $1.key }) {
        writer.key(name)
        writer.value(value)
      }
    }
  }

  /// Writes a value.
  public mutating func value(_ value: Scalar) {
    switch value {
    case .null: null()
    case .boolean(let value): boolean(value)
    case .integer(let value): integer(value)
    case .real(let value): number(value)
    case .text(let value): string(value)
    }
  }
}
