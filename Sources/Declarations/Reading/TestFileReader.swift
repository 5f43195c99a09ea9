import Basics
import Diagnostics
import MeshModel

/// Reads a `*.test.yaml` file: the cases that it holds its task against.
struct TestFileReader {
  let domain: Domain
  let path: String
  let findings: Findings

  /// The cases that could be read; what is wrong with the others is reported.
  func read(_ node: YAMLNode) -> [TaskTest] {
    guard let fields = Fields(node, KeyTable.test, findings: findings), let task = task(fields) else {
      return []
    }
    let pipeline = domain.pipelines.first { $0.name == task.pipeline }
    guard let pipeline, pipeline.tasks.contains(where: { $0.name == task.task }) else { return [] }
    var common = TaskTest(task: task, position: fields.node.beginning.position)
    read(fields, into: &common, pipeline)
    guard let cases = fields["cases"]?.value else {
      return isComplete(common, at: fields.node.beginning) ? [common] : []
    }
    guard cases.kind == .sequence, cases.count > 0 else {
      Values.wrongType(cases, "cases", "a list of cases", findings)
      return []
    }
    for name in ["expect", "failure"] {
      if let entry = fields[name] {
        findings.error(
          "conflicting-keys", "beside 'cases' nothing can be expected", at: entry.keyNode,
          help: "put '\(name)' into the cases")
      }
    }
    return cases.items.compactMap { read(case: $0, from: common, pipeline) }
  }

  private func read(case node: YAMLNode, from common: TaskTest, _ pipeline: Pipeline) -> TaskTest? {
    guard let fields = Fields(node, KeyTable.testCase, findings: findings) else { return nil }
    var test = common
    test.position = node.beginning.position
    test.name = fields.text("case")?.value
    read(fields, into: &test, pipeline)
    return isComplete(test, at: node.beginning) ? test : nil
  }

  private func isComplete(_ test: TaskTest, at node: YAMLNode) -> Bool {
    if test.expected.isEmpty, test.failure == nil {
      findings.error(
        "missing-key", "the test expects nothing", at: node,
        help: "give it 'expect', the rows that come out, or 'failure', words of the reason it fails with")
    }
    return !findings.hasErrors
  }

  private func read(_ fields: Fields, into test: inout TaskTest, _ pipeline: Pipeline) {
    if let partition = fields.text("partition") { test.partition = partition }
    if let each = fields["each"]?.value { test.each = Values.scalar(each, of: "each", findings) }
    if let failure = fields.text("failure") { test.failure = failure.value }
    for (key, value) in mapping("params", fields) {
      if let scalar = Values.scalar(value, of: key.text, findings) { test.params[key.text] = scalar.text }
    }
    for (key, value) in mapping("outputs", fields) {
      guard pipeline.tasks.contains(where: { $0.name == key.text }) else {
        reportUnknownTask(key, pipeline)
        continue
      }
      var writer = JSONWriter()
      write(value, to: &writer)
      test.outputs[key.text] = writer.text
    }
    for (key, value) in mapping("files", fields) {
      guard ProjectPath.resolve(key.text, from: "") == key.text, value.kind == .scalar else {
        findings.error(
          "invalid-path", "'\(Excerpt.of(key.text))' is no plain path within the project with a text", at: key
        )
        continue
      }
      test.files[key.text] = value.text
    }
    merge(rows("given", fields), into: &test.given)
    merge(rows("expect", fields), into: &test.expected)
  }

  /// What a case says of a dataset stands in the place of what holds for all.
  private func merge(_ rows: [TaskTest.Rows], into all: inout [TaskTest.Rows]) {
    all.removeAll { old in rows.contains { $0.dataset.value == old.dataset.value } }
    all += rows
  }

  private func mapping(_ name: String, _ fields: Fields) -> [(key: YAMLNode, value: YAMLNode)] {
    guard let value = fields[name]?.value else { return [] }
    guard value.kind == .mapping else {
      Values.wrongType(value, name, "a mapping", findings)
      return []
    }
    return value.pairs.filter { $0.key.kind == .scalar }
  }

  private func write(_ node: YAMLNode, to writer: inout JSONWriter) {
    switch node.kind {
    case .sequence: writer.array { writer in for item in node.items { write(item, to: &writer) } }
    case .mapping:
      writer.object { writer in
        for (key, value) in node.pairs {
          writer.key(key.text)
          write(value, to: &writer)
        }
      }
    case .ignored: writer.null()
    case .scalar:
      switch YAMLScalar(node) {
      case .null: writer.null()
      case .boolean(let value): writer.boolean(value)
      case .integer(let value): writer.integer(value)
      case .real(let value): writer.number(value)
      case .text, .oversized: writer.string(node.text)
      }
    }
  }
}

/// The task that a test is of.
extension TestFileReader {
  static let ending = ".test.yaml"

  private func task(_ fields: Fields) -> TaskName? {
    let stem = String(ProjectPath.name(of: path).dropLast(Self.ending.utf8.count))
    let text = fields.has("test") ? fields.text("test")?.value : stem
    guard let text else { return nil }
    let node = fields["test"]?.value ?? fields.node.beginning
    let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let wanted = parts.count == 2 ? parts : ["", text]
    var found: [TaskName] = []
    for pipeline in domain.pipelines where wanted[0].isEmpty || pipeline.name.name == wanted[0] {
      for task in pipeline.tasks where task.name == wanted[1] {
        found.append(TaskName(pipeline: pipeline.name, task: task.name))
      }
    }
    if found.count == 1 { return found[0] }
    if found.isEmpty {
      let names = domain.pipelines.flatMap { pipeline in pipeline.tasks.map(\.name) }
      let near = findings.nearest(to: wanted[1], among: names)
      findings.error(
        "unknown-task", "domain '\(domain.name)' has no task '\(Excerpt.of(text))'", at: node,
        help: near.map { "did you mean '\($0)'?" } ?? "name it: 'test: PIPELINE.TASK'")
    } else {
      findings.error(
        "unknown-task", "'\(text)' are several tasks", at: node,
        help: "say which: " + found.map { "'\($0.pipeline.name).\($0.task)'" }.joined(separator: ", "))
    }
    return nil
  }

  private func reportUnknownTask(_ key: YAMLNode, _ pipeline: Pipeline) {
    let near = findings.nearest(to: key.text, among: pipeline.tasks.map(\.name))
    findings.error(
      "unknown-task", "pipeline '\(pipeline.name)' has no task '\(Excerpt.of(key.text))'", at: key,
      help: near.map { "did you mean '\($0)'?" })
  }
}

/// Rows of datasets.
extension TestFileReader {
  private func rows(_ name: String, _ fields: Fields) -> [TaskTest.Rows] {
    mapping(name, fields).compactMap { key, value in
      guard let dataset = DatasetName(key.text) else {
        findings.error(
          "invalid-name", "'\(Excerpt.of(key.text))' is no dataset", at: key, help: "write 'domain.name'")
        return nil
      }
      guard value.kind == .sequence else {
        Values.wrongType(value, key.text, "a list of rows", findings, help: "no rows at all are '[]'")
        return nil
      }
      var rows = TaskTest.Rows(dataset: Located(dataset, at: key.position))
      for item in value.items { read(row: item, into: &rows) }
      return rows
    }
  }

  private func read(row node: YAMLNode, into rows: inout TaskTest.Rows) {
    guard node.kind == .mapping, node.count > 0 else {
      return Values.wrongType(node, rows.dataset.value.description, "rows, mappings of values", findings)
    }
    var values: [String: Scalar] = [:]
    for (key, value) in node.pairs where key.kind == .scalar {
      if rows.rows.isEmpty { rows.columns.append(Located(key.text, at: key.position)) }
      values[key.text] = value.isNull ? .null : Values.scalar(value, of: key.text, findings)
    }
    let names = rows.columns.map(\.value)
    if let missing = names.first(where: { values[$0] == nil }) {
      return findings.error(
        "row-shape", "the row has no '\(Excerpt.of(missing))', and the first one has", at: node.beginning,
        help: "all rows of a dataset name the same columns; NULL is written 'null'")
    }
    if let strange = node.pairs.first(where: { !names.contains($0.key.text) }) {
      return findings.error(
        "row-shape", "the first row has no '\(Excerpt.of(strange.key.text))'", at: strange.key,
        help: "all rows of a dataset name the same columns; NULL is written 'null'")
    }
    rows.rows.append(
      TaskTest.Row(values: names.compactMap { values[$0] }, position: node.position))
  }
}
