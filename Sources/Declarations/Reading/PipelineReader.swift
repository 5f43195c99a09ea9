import Basics
import Diagnostics
import MeshModel

/// Reads one pipeline: the keys of its file, and those of its template where it has one.
struct PipelineReader {
  var scope: Scope
  let fields: Fields
  /// The keys of the template; what the pipeline says itself goes before them.
  let template: Fields?
  /// Whether what its tasks write could not be told of all of them.
  private(set) var hasUnknownWriters = false

  init(scope: Scope, fields: Fields, template: Fields?) {
    self.scope = scope
    self.fields = fields
    self.template = template
  }

  private var findings: Findings { scope.findings }

  /// The mapping that has a key: the pipeline's own before the template's.
  private func holder(of key: String) -> Fields {
    if let template, !fields.mentions(key), template.mentions(key) { return template }
    return fields
  }

  private func entry(_ key: String) -> Fields.Entry? { holder(of: key)[key] }

  /// The pipeline, as far as it can be read; nil without a name.
  mutating func read(name: Located<String>) -> Pipeline {
    let domain = scope.domain ?? ""
    var pipeline = Pipeline(name: PipelineName(domain: domain, name: name.value), position: name.position)
    pipeline.description = holder(of: "description").text("description")?.value
    pipeline.tags = holder(of: "tags").names("tags").map(\.value)
    readTime(into: &pipeline)
    scope.hasPartition = pipeline.grain != nil
    pipeline.maxActiveRuns = holder(of: "max_active_runs").integer("max_active_runs") ?? 1
    pipeline.priority = holder(of: "priority").integer("priority") ?? 0
    pipeline.deadline = holder(of: "deadline").duration("deadline")
    pipeline.lookback = holder(of: "lookback").integer("lookback") ?? 0
    checkPartitions(pipeline)
    pipeline.params = parameters()
    readDefaults()
    pipeline.tasks = tasks()
    PipelineChecks(pipeline: pipeline, scope: scope).run()
    return pipeline
  }

  private mutating func readDefaults() {
    if let template {
      scope.defaults = scope.defaults.overlaid(by: scope.defaults(template["defaults"]?.value))
    }
    scope.defaults = scope.defaults.overlaid(by: scope.defaults(fields["defaults"]?.value))
  }

  private func readTime(into pipeline: inout Pipeline) {
    if let word = holder(of: "partition").choice("partition", PartitionWord.self) {
      pipeline.grain = word.grain
    }
    guard let entry = entry("schedule"),
      let schedule = Fields(entry.value, KeyTable.schedule, findings: findings)
    else { return }
    let reader = ScheduleReader(scope: scope, fields: schedule, position: entry.keyNode.position)
    pipeline.timezone = reader.timezone() ?? "UTC"
    pipeline.schedule = reader.schedule()
    pipeline.dataTrigger = DataTriggerReader(
      scope: scope, fields: schedule, position: entry.keyNode.position
    ).trigger(hasPartition: pipeline.grain != nil)
    (pipeline.start, pipeline.end) = reader.bounds()
  }

  private func checkPartitions(_ pipeline: Pipeline) {
    let help = "say 'partition: daily', or another period"
    guard pipeline.grain == nil, !holder(of: "partition").findings.hasErrors || !has("partition") else {
      return
    }
    if pipeline.lookback > 0, let entry = entry("lookback") {
      findings.error(
        "missing-partition", "'lookback' counts partitions, and this pipeline has none", at: entry.keyNode,
        help: help)
    }
    if pipeline.deadline != nil, pipeline.schedule == nil, let entry = entry("deadline") {
      findings.error(
        "missing-partition",
        "'deadline' counts from the end of an interval, and runs of this pipeline have none",
        at: entry.keyNode, help: help + ", or give it a schedule")
    }
  }

  private func has(_ key: String) -> Bool { entry(key) != nil }

  private func parameters() -> [Parameter] {
    guard let node = entry("params")?.value else { return [] }
    guard node.kind == .mapping else {
      Values.wrongType(
        node, "params", "a mapping from names to parameters", findings,
        help: "write 'params: {NAME: {type: integer, default: 1}}'")
      return []
    }
    return node.pairs.compactMap { key, value in
      guard key.kind == .scalar, Values.checkName(key, what: "a param", findings),
        let fields = Fields(value, KeyTable.parameter, anchor: key, findings: findings)
      else { return nil }
      return ParameterReader(fields: fields, name: key).read()
    }
  }

  private mutating func tasks() -> [TaskDeclaration] {
    let holder = holder(of: "tasks")
    guard let node = holder["tasks"]?.value else {
      hasUnknownWriters = true
      if !holder.mentions("tasks"), !fields.mentions("template") || template != nil {
        findings.error(
          "missing-key", "'tasks' is missing", at: fields.node.beginning,
          help: "what the pipeline does: 'tasks: {NAME: {run: ./program}}'")
      }
      return []
    }
    guard node.kind == .mapping else {
      hasUnknownWriters = true
      Values.wrongType(
        node, "tasks", "a mapping from names to tasks", findings,
        help: "write 'tasks: {NAME: {run: ./program}}', without dashes before the names")
      return []
    }
    if node.count == 0 { findings.error("empty-value", "'tasks' holds no task", at: node) }
    var tasks: [TaskDeclaration] = []
    tasks.reserveCapacity(node.count)
    for (key, value) in node.pairs where key.kind == .scalar {
      let isValid = Values.checkName(key, what: "a task", findings)
      guard !value.isNull else {
        findings.error(
          "empty-value", "task '\(Excerpt.of(key.text))' does nothing", at: key,
          help: "it needs 'run', 'sql' or 'load'")
        continue
      }
      guard let reader = TaskReader(name: key, value: value, scope: scope) else {
        hasUnknownWriters = true
        continue
      }
      if reader.fields.hasUnknownKeys { hasUnknownWriters = true }
      let task = reader.read()
      if isValid { tasks.append(task) }
    }
    return tasks
  }

  /// A grain, or none.
  private enum PartitionWord: RawRepresentable {
    case none
    case grain(Grain)

    init?(rawValue: String) {
      if rawValue == "none" {
        self = .none
      } else if let grain = Grain(rawValue: rawValue) {
        self = .grain(grain)
      } else {
        return nil
      }
    }

    var rawValue: String { grain?.rawValue ?? "none" }
    var grain: Grain? { if case .grain(let grain) = self { grain } else { nil } }
  }
}
