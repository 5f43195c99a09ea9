import Diagnostics
import MeshModel

extension TaskReader {
  /// For each kind of task the keys that mean nothing beside it, and why; sorted by key.
  private static let strangers: [String: [(key: String, help: String)]] = {
    let rowsOnly = "rows of 'sql' and 'load' go into a dataset"
    let timed = [("on_timeout", "it is for what waits: 'wait', 'approve' and 'trigger'")]
    return [
      "run": timed + [
        (
          "into", "a process names what it writes under 'writes'; 'load: {run: ...}' takes the rows it prints"
        ),
        ("key", rowsOnly), ("mode", rowsOnly), ("null", "only 'load' reads rows"),
        ("on_bad_row", "only 'load' reads rows"), ("partition_by", rowsOnly),
      ],
      "sql": timed + [
        ("columns", "the SELECT tells names and types"),
        ("env", "SQL has no environment: values are bound by name, such as :partition"),
        ("null", "only 'load' reads rows"), ("on_bad_row", "only 'load' reads rows"),
        ("secrets", "SQL has no environment, so it cannot be given secrets"),
        ("writes", "what SQL writes is found by the compiler"),
      ],
      "load": timed + [("writes", "a load writes what 'into' names")],
      "wait": waiting, "approve": waiting, "trigger": waiting,
    ]
  }()

  /// What waits writes nothing, starts no process and takes no slot.
  private static let waiting: [(key: String, help: String)] = {
    let (data, process) = ("it makes no data", "it starts no process")
    let keys = ["columns", "into", "key", "mode", "null", "on_bad_row", "partition_by", "writes"]
    return keys.map { ($0, data) } + [
      ("env", process), ("isolate", process), ("pool", "it takes no slot while it waits"),
      ("secrets", process),
    ]
  }()

  /// Reports keys that mean nothing beside the task's kind.
  func checkKeys(of kind: String) {
    for (name, help) in Self.strangers[kind] ?? [] {
      guard let entry = fields[name] else { continue }
      findings.error(
        "conflicting-keys", "'\(name)' does not go with '\(kind)'", at: entry.keyNode, help: help)
    }
    guard kind == "load" || kind == "sql" else { return }
    guard !fields.mentions("into") else { return }
    if kind == "load" {
      findings.error(
        "missing-key", "'load' needs 'into'", at: fields["load"]?.keyNode ?? name,
        help: "'into: \(scope.domain ?? "domain").DATASET' says where the rows go")
    }
    for name in ["mode", "partition_by", "key"] {
      guard kind == "sql", let entry = fields[name] else { continue }
      findings.error(
        "conflicting-keys", "'\(name)' needs 'into'", at: entry.keyNode,
        help: "it says how rows of a SELECT meet those of a dataset")
    }
  }

  /// Reports what does not fit together.
  func check(_ task: TaskDeclaration, target: Target?) {
    if let target { check(target, isEach: task.each != nil) }
    if task.kind.waitsWithoutWorker, let entry = fields["timeout"], entry.value.text == "none" {
      findings.error(
        "endless-wait", "what waits has a timeout, so that it ends", at: entry.value,
        help: "leave it out: then it waits for the pipeline's 'deadline', or seven days")
    }
    if task.dependsOnPast, !scope.hasPartition, let entry = fields["depends_on_past"] {
      findings.error(
        "missing-partition", "'depends_on_past' needs partitions, and this pipeline has none",
        at: entry.keyNode,
        help: "say 'partition: daily' in the pipeline")
    }
    if task.isolate, task.isProcess, let entry = fields["isolate"] {
      findings.error(
        "conflicting-keys", "'isolate' is for SQL and for loads of a file", at: entry.keyNode,
        help: "a command has a process of its own anyway")
    }
    if task.teardown, task.triggerRule != .allDone, let entry = fields["trigger_rule"] {
      findings.error(
        "conflicting-keys", "a teardown runs whatever happened, so it has no 'trigger_rule'",
        at: entry.keyNode)
    }
    for secret in task.secrets where task.env.contains(where: { $0.name == secret.value }) {
      guard fields["env"]?.value[secret.value] != nil else { continue }
      findings.add(
        Diagnostic(
          code: "name-clash", "'\(secret.value)' is a variable under 'env' and a secret", at: secret.position,
          length: secret.value.utf8.count, help: "leave one of the two out"))
    }
    if !task.isProcess, fields.has("load") {
      for name in ["env", "secrets"] {
        guard let entry = fields[name] else { continue }
        findings.error(
          "conflicting-keys", "'\(name)' needs a process, and this load reads a file", at: entry.keyNode)
      }
    }
  }

  private func check(_ target: Target, isEach: Bool) {
    let mode = fields["mode"]?.value ?? fields["into"]?.keyNode ?? name
    let modeName = target.mode.rawValue
    let columns = target.partitionBy.count
    switch target.mode {
    case .partition:
      if !scope.hasPartition {
        findings.error(
          "missing-partition", "mode 'partition' needs partitions, and this pipeline has none", at: mode,
          help: "say 'partition: daily' in the pipeline")
      }
      if columns == 0, !fields.mentions("partition_by") {
        findings.error(
          "missing-partition-by", "mode 'partition' needs 'partition_by'", at: mode,
          help: "name the column that says which partition a row belongs to")
      } else if columns > 0, (columns > 1) != isEach, let entry = fields["partition_by"] {
        findings.error(
          "missing-partition-by",
          isEach
            ? "under 'each' 'partition_by' also names the column of the value"
            : "'partition_by' names one column where there is no 'each'", at: entry.value,
          help: isEach ? "else each instance would replace the rows of the others" : nil)
      }
    case .replace where isEach:
      if columns == 0, !fields.mentions("partition_by") {
        findings.error(
          "missing-partition-by", "mode 'replace' under 'each' needs 'partition_by'", at: mode,
          help: "name the column of the value; else each instance would replace the rows of the others")
      }
    case .replace, .append, .merge:
      if let entry = fields["partition_by"] {
        findings.error(
          "conflicting-keys", "'partition_by' means nothing in mode '\(modeName)'", at: entry.keyNode,
          help: fields.has("mode") ? "leave it out" : "say 'mode: partition'")
      }
    }
    if target.mode == .merge {
      if target.key.isEmpty, !fields.mentions("key") {
        findings.error(
          "missing-merge-key", "mode 'merge' needs 'key'", at: mode,
          help: "name the columns that identify a row")
      }
    } else if let entry = fields["key"] {
      findings.error(
        "conflicting-keys", "'key' means nothing in mode '\(modeName)'", at: entry.keyNode,
        help: fields.has("mode") ? "leave it out" : "say 'mode: merge'")
    }
  }
}
