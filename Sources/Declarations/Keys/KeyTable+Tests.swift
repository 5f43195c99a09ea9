extension KeyTable {
  static let test = KeySection(
    "test", "dags/DOMAIN/TASK.test.yaml: what a task is held against by `heddle test`",
    [
      Key(
        "test", .text, default: "what the file's name says",
        "The task of this domain, `task` or, where several pipelines have one of the name, `pipeline.task`."),
      Key(
        "cases", .list(of: .section("case")),
        "Several cases, each with a name; what stands beside `cases` holds for those that say nothing else."),
    ] + conditions)

  static let testCase = KeySection(
    "case", "cases: in a test", [Key(required: "case", .text, "What it is about.")] + conditions)

  private static let conditions: [Key] = [
    Key("partition", .text, "The key of the partition that the task is run for."),
    Key("params", .map(of: .scalar), "Values of the pipeline's params, by name."),
    Key("each", .scalar, "The value under `each`."),
    Key("outputs", .map(of: .any), "What upstream tasks told, by task: what `:land` holds, as a mapping."),
    Key(
      "files", .map(of: .text),
      "Files of the project that a `load` finds, by path, in the place of those that are there."),
    Key(
      "given", .map(of: .rows),
      "Rows of the datasets that the task reads, by dataset, and of what was there of those that it writes."),
    Key(
      "expect", .map(of: .rows),
      "All rows that a dataset has afterwards, by dataset, in any order. Columns that no row names are not "
        + "looked at."
    ),
    Key("failure", .text, "The task is expected to fail, with these words in its reason."),
  ]
}
