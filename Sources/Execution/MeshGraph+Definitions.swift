import Access
import Lineage
import MeshModel

extension MeshGraph {
  /// The CREATE TABLE by which the task that writes a dataset makes its table, with keys and constraints;
  /// nil: it leaves that to Heddle.
  public func definition(of dataset: DatasetName) -> String? {
    guard let writer = datasets[dataset]?.writer, case .sql(let sql) = declaration(of: writer).kind,
      sql.into == nil
    else { return nil }
    return TableDefinition.find(of: dataset.name, in: sql.text.text)
  }
}
