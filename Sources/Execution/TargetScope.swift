import MeshModel
import Planning

/// Which rows of a dataset an attempt answers for.
struct TargetScope {
  /// A column and the value that it has in each of these rows.
  struct Part {
    var column: String
    var value: Scalar
    /// The value as SQLite shows it; nil for NULL.
    var text: [UInt8]?

    /// The values that show as the same text: in a column without a type the number 2013 is not the text
    /// '2013'.
    var alike: [Scalar] {
      guard let text else { return [.null] }
      let shown = String(decoding: text, as: UTF8.self)
      var alike: [Scalar] = [.text(shown)]
      if let integer = Int64(shown), String(integer) == shown { alike.append(.integer(integer)) }
      if let real = Double(shown), String(real) == shown { alike.append(.real(real)) }
      return alike
    }

    init(_ column: String, _ value: Scalar) {
      self.column = column
      self.value = value
      text =
        switch value {
        case .null: nil
        case .boolean(let truth): Array((truth ? "1" : "0").utf8)
        default: Array(value.text.utf8)
        }
    }
  }

  /// Empty: all rows.
  var parts: [Part]
  /// What tells appended rows of this partition, or of this run where there are no partitions, from others.
  var name: String

  init(_ target: Target, site: TaskSite, stateIdentity: String) throws(AttemptFailure) {
    parts = []
    let run = site.context.run
    if target.mode == .partition {
      guard let partition = run.partition, let column = target.partitionBy.first else {
        throw AttemptFailure(
          "partition", "mode 'partition' needs a partition and 'partition_by'", isPermanent: true)
      }
      parts.append(Part(column, .text(partition.key)))
    }
    let needsValue = target.mode == .partition || target.mode == .replace
    if site.isFannedOut && needsValue {
      guard let column = target.partitionBy.last, target.partitionBy.count > parts.count else {
        throw AttemptFailure(
          "partition", "under 'each' the column of the value must be in 'partition_by'", isPermanent: true)
      }
      parts.append(Part(column, site.context.each ?? .null))
    }
    name = run.partition.map { "partition \($0.key)" } ?? "run \(stateIdentity) \(run.run)"
    if site.isFannedOut { name += " each \((site.context.each ?? .null).text)" }
  }
}
