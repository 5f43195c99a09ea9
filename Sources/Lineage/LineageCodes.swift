import Diagnostics

/// What the codes of this room's diagnostics mean.
public enum LineageCodes {
  /// Sorted by code.
  public static let all: [DiagnosticExplanation] = (graph + sql).sorted { $0.code < $1.code }

  private static let graph: [DiagnosticExplanation] = [
    .init(
      "cycle",
      """
      Tasks wait for each other in a circle, so none of them could ever start. The message walks the circle: each
      edge with its place, and the dataset or the 'after' that makes it. Cut one edge: read an earlier partition
      with 'offset: -1', drop an 'after', or split a task in two.
      """),
    .init(
      "foreign-write",
      """
      A task writes datasets of its own domain only: the owner of a domain answers for what stands in its store.
      Write a dataset of your own, and let the other domain read it.
      """),
    .init(
      "param-value",
      "A task that triggers a pipeline gives it values for its params, and this one is missing or of another type."
    ),
    .init(
      "trigger-partition",
      """
      A triggered run is of one partition. Where the partitions of both pipelines are alike it is the same one, where
      the other's are longer the one that holds the start of the run's interval; else 'partition' says which.
      """),
    .init(
      "unknown-param",
      "The pipeline that is triggered declares no param of this name under 'params'."),
    .init(
      "unknown-pipeline",
      "'trigger' names a pipeline of the mesh, as 'domain/name'; one of the own domain also as 'name'."),
    .init(
      "unwritten-dataset",
      "How old a dataset is, the record knows of those that tasks write. This one is a source, which comes from outside."
    ),
    .init(
      "two-writers",
      """
      Exactly one task writes a dataset; otherwise nobody could say which of two versions is right, or who comes
      first. Let one task write it, and the other a dataset of its own that the first one reads.
      """),
    .init(
      "unknown-dataset",
      """
      Nobody in the mesh writes the dataset, and no domain lists it under 'sources'. Correct the name, or list it
      as a source of the domain that it comes into.
      """),
    .init(
      "trigger-cycle",
      """
      Pipelines that data makes due wait for each other in a circle, so each run would make the next one due, or
      none would ever begin; or tasks trigger each other's pipelines, which never ends; or what a task triggers
      writes what makes the pipeline of the task due. The message walks the circle. Give one that data makes due a
      cron, let it be due by fewer datasets ('on: [domain.dataset]'), or take one of the tasks away.
      """),
    .init(
      "trigger-without-data",
      """
      Nothing would ever make the pipeline due: 'on' goes by what other pipelines publish, and this is a dataset
      that no task writes, one of its own, or nothing at all. Name datasets that other pipelines write, or give it
      a cron.
      """),
    .init("unknown-domain", "There is no folder below 'dags' whose domain.yaml gives this name to a domain."),
    .init(
      "written-source",
      """
      'sources' lists what comes from outside the mesh, and a task writes this dataset. It is one or the other:
      take it out of 'sources', or write another dataset.
      """),
  ]

  private static let sql: [DiagnosticExplanation] = [
    .init(
      "circular-columns",
      """
      The columns of these datasets are told only by SQL that reads them in a circle, so nothing tells them at all.
      Say 'columns:' for one of them, or create one by a statement of its own first.
      """),
    .init("duplicate-column", "A SELECT that goes 'into' a dataset needs a name of its own for each column."),
    .init("empty-sql", "The SQL holds no statement: nothing but blanks and comments."),
    .init(
      "forbidden-sql",
      """
      The statement does what no task may: it attaches a database, opens or ends a transaction, changes settings,
      loads an extension, reaches Heddle's own tables or writes outside of the domain's store.
      """),
    .init(
      "idle-read",
      """
      'reads' of a SQL task refines what its SQL reads; it adds nothing. This dataset is not read by the SQL.
      Use 'after' for order without data.
      """),
    .init(
      "not-a-select",
      "With 'into', and in 'when', 'each' and computed values, the SQL is one SELECT, WITH or VALUES."),
    .init(
      "not-upstream",
      """
      ':name' of a task is what that task told, so it must have come before. Read what it writes, or name it in
      'after'.
      """),
    .init("several-columns", "A condition and a computed value have one column: the first one is the value."),
    .init("several-statements", "Only SQL tasks without 'into' may hold more than one statement."),
    .init("sql-syntax", "SQLite cannot read the statement. The caret shows where it stopped."),
    .init(
      "too-many-domains",
      "A statement reaches at most ten other domains. Build what it needs in two steps, each with its own dataset."
    ),
    .init(
      "unknown-column",
      "The table is known, and it has no column of this name. Names are those of the dataset."),
    .init(
      "unknown-columns",
      """
      SQL reads a dataset whose columns nothing tells: its writer is a process, or it comes from outside. Say
      'columns: {name: type}' where it is written or listed.
      """),
    .init(
      "unknown-parameter",
      """
      SQL is given values by name: those of the run (:partition, :interval_start and so on), the 'params' of the
      pipeline, the 'values' of the mesh, ':each', and what tasks before it told. This is none of them.
      """),
    .init(
      "unnamed-column",
      "A SELECT that goes 'into' a dataset needs a plain name for each column: name it with AS."),
    .init(
      "unqualified-dataset",
      "A dataset of another domain is read as 'domain.dataset', never by its last name alone."),
  ]
}
