import CSQLite
import MeshModel

extension Statement {
  /// Binds a value of the mesh; true and false are 1 and 0.
  public func bind(_ value: Scalar, at index: Int) {
    switch value {
    case .null: bindNull(at: index)
    case .boolean(let value): bind(value ? 1 : 0, at: index)
    case .integer(let value): bind(value, at: index)
    case .real(let value): bind(value, at: index)
    case .text(let value): bind(value, at: index)
    }
  }

  /// The column of the current row as a value of the mesh; a blob is read as text.
  public func scalar(_ index: Int) -> Scalar {
    switch storage(index) {
    case .null: .null
    case .integer: .integer(int64(index))
    case .real: .real(double(index))
    case .text, .blob: .text(text(index))
    }
  }
}
