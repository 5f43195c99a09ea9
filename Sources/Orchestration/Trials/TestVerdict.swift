import Diagnostics
import MeshModel

/// What a test of a task came to.
public struct TestVerdict: Sendable {
  /// Why a test did not pass.
  public enum Problem: Sendable {
    /// The task did not end as expected, in one sentence.
    case end(String)
    case rows(RowDifference)
  }

  public var test: TaskTest
  /// None: it passed.
  public var problems: [Problem]
  public var milliseconds: Int64

  public var hasPassed: Bool { problems.isEmpty }
}

/// How the rows of a dataset differ from those that are expected.
public struct RowDifference: Sendable {
  public var dataset: DatasetName
  public var columns: [String]
  /// Expected, and not there.
  public var missing: [TaskTest.Row]
  /// There, and not expected.
  public var surplus: [[Scalar]]

  /// Nil where they are the same, whatever the order.
  init?(_ expected: TaskTest.Rows, _ found: [[Scalar]]) {
    dataset = expected.dataset.value
    columns = expected.columns.map(\.value)
    var counts: [[Scalar]: Int] = [:]
    for row in found { counts[row.map(\.comparable), default: 0] += 1 }
    missing = []
    for row in expected.rows {
      let key = row.values.map(\.comparable)
      if let count = counts[key], count > 0 { counts[key] = count - 1 } else { missing.append(row) }
    }
    surplus = found.filter { row in
      let key = row.map(\.comparable)
      guard let count = counts[key], count > 0 else { return false }
      counts[key] = count - 1
      return true
    }
    if missing.isEmpty && surplus.isEmpty { return nil }
  }
}

extension Scalar {
  /// Values that people would call the same are the same: 1 and 1.0 and true; numbers to twelve digits.
  fileprivate var comparable: Scalar {
    switch self {
    case .boolean(let value): return .integer(value ? 1 : 0)
    case .real(let value):
      if let whole = Int64(exactly: value) { return .integer(whole) }
      guard value.isFinite, value != 0 else { return self }
      var scale = 1.0
      var magnitude = value.magnitude
      while magnitude >= 1e12, scale > 1e-290 {
        magnitude /= 10
        scale /= 10
      }
      while magnitude < 1e11, scale < 1e290 {
        magnitude *= 10
        scale *= 10
      }
      return .real((value * scale).rounded() / scale)
    default: return self
    }
  }
}
