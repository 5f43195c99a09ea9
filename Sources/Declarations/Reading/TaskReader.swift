import Diagnostics
import MeshModel

/// Reads one task.
struct TaskReader {
  let scope: Scope
  let fields: Fields
  let name: YAMLNode

  var findings: Findings { scope.findings }

  /// Nil when nothing of the task can be told, which is reported.
  init?(name: YAMLNode, value: YAMLNode, scope: Scope) {
    guard let fields = Fields(value, KeyTable.task, anchor: name, findings: scope.findings) else {
      return nil
    }
    self.scope = scope
    self.fields = fields
    self.name = name
  }

  /// The task, as far as it can be read.
  func read() -> TaskDeclaration {
    let target = self.target()
    let columns = scope.columns(fields["columns"]?.value)
    let kind = self.kind(target: target, columns: columns)
    var task = TaskDeclaration(
      name: name.text, kind: kind ?? .run(Command(form: .shell(""), directory: scope.root)),
      position: name.position)
    task.description = fields.text("description")?.value
    task.reads = reads()
    task.writes = writes(columns: columns)
    if kind == nil, let target {
      task.writes.append(WriteDeclaration(dataset: target.dataset, position: target.position))
    }
    task.after = fields.names("after")
    task.when = fields["when"].flatMap { scope.sql($0.value, of: "when") }
    task.each = each()
    task.triggerRule = fields.choice("trigger_rule", TriggerRule.self) ?? .allSuccess
    readLimits(into: &task)
    task.allowFailure = fields.boolean("allow_failure") ?? false
    task.teardown = fields.boolean("teardown") ?? false
    task.dependsOnPast = fields.boolean("depends_on_past") ?? false
    task.external = fields.boolean("external") ?? false
    task.isolate = fields.boolean("isolate") ?? false
    check(task, target: target)
    return task
  }

  private func readLimits(into task: inout TaskDeclaration) {
    task.retry = scope.defaults.retry.overlaid(by: scope.retry(fields["retry"]?.value)).policy
    if task.kind.waitsWithoutWorker {
      // Defaults are meant for attempts that work.
      task.timeout = fields.duration("timeout")
      task.onTimeout = fields.choice("on_timeout", OnTimeout.self) ?? .fail
    } else {
      task.timeout = (fields.durationOrNone("timeout") ?? scope.defaults.timeout) ?? nil
      task.pool = (scope.pool(fields) ?? scope.defaults.pool) ?? nil
    }
    task.secrets = secrets()
    guard task.isProcess else { return }
    let own = scope.environment(fields["env"]?.value)
    let all = own.isEmpty ? scope.defaults.env : scope.defaults.env.merging(own) { _, near in near }
    task.env = all.sorted { $0.key < $1.key }.map { EnvironmentVariable(name: $0.key, value: $0.value) }
  }

  private func secrets() -> [Located<String>] {
    guard let node = fields["secrets"]?.value else { return [] }
    return Values.list(node, of: "secrets", findings) { item in
      guard let text = Values.text(item, of: "secrets", findings), scope.checkVariable(item, what: "a secret")
      else { return nil }
      return text
    }
  }

  /// The keys of which each task has one.
  private static let kinds = ["run", "sql", "load", "wait", "approve", "trigger"]

  /// What the task does; nil when that cannot be told.
  private func kind(target: Target?, columns: [Column]) -> TaskKind? {
    let kinds = Self.kinds.compactMap { fields[$0] }
    guard let entry = kinds.first else {
      if !fields.hasUnknownKeys, !Self.kinds.contains(where: { fields.mentions($0) }) {
        findings.error(
          "missing-key", "task '\(name.text)' does nothing", at: name,
          help: "it needs 'run', 'sql', 'load', 'wait', 'approve' or 'trigger'")
      }
      return nil
    }
    for other in kinds.dropFirst() {
      findings.error(
        "conflicting-keys",
        "a task is of one kind, and this one has '\(entry.key.name)' already",
        at: other.keyNode, help: "make two tasks of it")
    }
    checkKeys(of: entry.key.name)
    switch entry.key.name {
    case "run": return scope.command(entry.value).map(TaskKind.run)
    case "sql":
      guard let text = scope.sql(entry.value, of: "sql"), !fields.has("into") || target != nil else {
        return nil
      }
      return .sql(SQLTask(text: text, into: target))
    case "wait": return wait(entry.value).map(TaskKind.wait)
    case "approve": return approval(entry.value).map(TaskKind.approve)
    case "trigger": return trigger(entry.value).map(TaskKind.trigger)
    default:
      return load(entry.value, target: target, columns: columns).map(TaskKind.load)
    }
  }

  private func load(_ node: YAMLNode, target: Target?, columns: [Column]) -> LoadTask? {
    guard let load = Fields(node, KeyTable.load, findings: findings) else { return nil }
    if let file = load["file"], let run = load["run"] {
      findings.error(
        "conflicting-keys", "'load' has one of 'file' and 'run'", at: run.keyNode,
        notes: [.init("'file' is here", at: file.keyNode.position)])
    }
    var source: LoadTask.Source?
    if let file = load["file"] {
      source = scope.valueExpression(file.value, of: "file").map(LoadTask.Source.file)
      scope.checkProjectPath(file.value, of: "file")
    } else if let run = load["run"] {
      source = scope.command(run.value).map(LoadTask.Source.command)
    } else if !load.mentions("file"), !load.mentions("run") {
      findings.error("missing-key", "'load' needs 'file' or 'run'", at: node.beginning)
    }
    guard let source, let target else { return nil }
    var task = LoadTask(source: source, columns: columns, into: target)
    task.format = load.choice("format", LoadTask.Format.self)
    task.onBadRow = fields.choice("on_bad_row", LoadTask.BadRowRule.self) ?? .fail
    if let null = fields["null"]?.value { task.nullTexts = nullTexts(null) }
    return task
  }

  private func nullTexts(_ node: YAMLNode) -> [String] {
    let items = node.kind == .sequence ? Array(node.items) : [node]
    return items.compactMap { item in
      guard item.kind == .scalar else {
        Values.wrongType(item, "null", "a text", findings)
        return nil
      }
      return item.text
    }
  }

  private func target() -> Target? {
    guard let entry = fields["into"], let dataset = scope.ownDataset(entry.value, of: "into") else {
      return nil
    }
    return Target(
      dataset: dataset, mode: fields.choice("mode", Target.Mode.self) ?? .replace,
      partitionBy: columnNames("partition_by"), key: columnNames("key"), position: entry.value.position)
  }

  private func columnNames(_ key: String) -> [String] {
    var seen: Set<String> = []
    guard let node = fields[key]?.value else { return [] }
    return Values.list(node, of: key, findings) { item in
      guard let text = Values.text(item, of: key, findings)?.value, scope.checkColumn(item) else {
        return nil
      }
      guard seen.insert(text.lowercased()).inserted else {
        findings.error("duplicate-value", "'\(key)' names '\(text)' twice", at: item)
        return nil
      }
      return text
    }
  }
}

extension TaskDeclaration {
  /// Whether it starts a process, which has an environment.
  var isProcess: Bool {
    switch kind {
    case .run: true
    case .sql, .wait, .approve, .trigger: false
    case .load(let load): if case .command = load.source { true } else { false }
    }
  }
}
