import Basics
import Lineage
import MeshModel

extension ReleaseRecord {
  /// What the record keeps of a graph; columns in sorted order, so that equal graphs give equal records.
  public init(
    id: ReleaseID, digest: String, takenAt: Instant, summary: String = "{}", graph: MeshGraph
  ) {
    self.init(
      id: id, digest: digest, takenAt: takenAt, summary: summary,
      pipelines: graph.pipelines.map { pipeline in
        Pipeline(
          name: pipeline.name, tasks: pipeline.tasks.map { Task(name: $0.name, kind: $0.kind.word) })
      },
      columnSources: graph.columnSources.sorted { $0.key < $1.key }.flatMap { column, sources in
        sources.map {
          ColumnSource(
            dataset: column.dataset, column: column.column, sourceDataset: $0.dataset,
            sourceColumn: $0.column)
        }
      })
  }
}
