import Basics
import Diagnostics
import MeshModel

/// Parts of declarations as JSON, for the process of an isolated task.
extension JSONValue {
  static func members(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
    .object(members.map { Member(key: $0.key, value: $0.value) })
  }

  static func texts(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }

  static func scalars(_ scalars: [String: Scalar]) -> JSONValue {
    .object(scalars.sorted { $0.key < $1.key }.map { Member(key: $0.key, value: JSONValue($0.value)) })
  }

  /// Every real number comes back as it was.
  init(_ scalar: Scalar) {
    self =
      switch scalar {
      case .null: .null
      case .boolean(let value): .boolean(value)
      case .integer(let value): .integer(value)
      case .real(let value): .array([.integer(Int64(bitPattern: value.bitPattern))])
      case .text(let value): .string(value)
      }
  }

  init(_ partition: PartitionInterval) {
    self = .members([
      "key": .string(partition.key), "start": .integer(partition.start.milliseconds),
      "end": .integer(partition.end.milliseconds),
    ])
  }

  init(_ interval: DataInterval) {
    self = .array([.integer(interval.start.milliseconds), .integer(interval.end.milliseconds)])
  }

  init(_ column: Column) {
    self = .array([.string(column.name), .string(column.type.rawValue)])
  }

  init(_ target: Target) {
    self = .members([
      "dataset": .string(target.dataset.description), "mode": .string(target.mode.rawValue),
      "partition_by": .texts(target.partitionBy), "key": .texts(target.key),
    ])
  }

  /// - Parameter file: where the rows of a load are.
  init(_ kind: TaskKind, file: String?) {
    switch kind {
    case .run, .wait, .approve, .trigger: self = .null
    case .sql(let sql):
      let position = sql.text.position
      self = .members([
        "sql": .string(sql.text.text), "path": .string(position.file.path),
        "line": .integer(Int64(position.line)), "column": .integer(Int64(position.column)),
        "later": sql.text.laterLinesColumn.map { .integer(Int64($0)) } ?? .null,
        "into": sql.into.map(JSONValue.init) ?? .null,
      ])
    case .load(let load):
      self = .members([
        "file": file.map { .string($0) } ?? .null,
        "format": load.format.map { .string($0.rawValue) } ?? .null,
        "columns": .array(load.columns.map(JSONValue.init)), "null": .texts(load.nullTexts),
        "on_bad_row": .string(load.onBadRow.rawValue), "into": JSONValue(load.into),
      ])
    }
  }

  var scalar: Scalar? {
    switch self {
    case .null: .null
    case .boolean(let value): .boolean(value)
    case .integer(let value): .integer(value)
    case .string(let value): .text(value)
    case .array(let items): items.first?.integer.map { .real(Double(bitPattern: UInt64(bitPattern: $0))) }
    case .number, .object: nil
    }
  }

  var scalars: [String: Scalar] {
    guard case .object(let members) = self else { return [:] }
    var scalars: [String: Scalar] = [:]
    for member in members { scalars[member.key] = member.value.scalar }
    return scalars
  }

  var partition: PartitionInterval? {
    guard let key = self["key"]?.string, let start = self["start"]?.integer, let end = self["end"]?.integer
    else { return nil }
    return PartitionInterval(
      key: key, start: Instant(milliseconds: start), end: Instant(milliseconds: end))
  }

  var interval: DataInterval? {
    guard let moments = array?.compactMap(\.integer), moments.count == 2 else { return nil }
    return DataInterval(start: Instant(milliseconds: moments[0]), end: Instant(milliseconds: moments[1]))
  }

  var datasets: [DatasetName] { (array ?? []).compactMap { $0.string.flatMap { DatasetName($0) } } }

  var column: Column? {
    guard let parts = array, parts.count == 2, let name = parts[0].string,
      let type = parts[1].string.flatMap({ ColumnType(rawValue: $0) })
    else { return nil }
    return Column(name: name, type: type)
  }

  var target: Target? {
    guard let dataset = self["dataset"]?.string.flatMap({ DatasetName($0) }),
      let mode = self["mode"]?.string.flatMap({ Target.Mode(rawValue: $0) })
    else { return nil }
    return Target(
      dataset: dataset, mode: mode, partitionBy: self["partition_by"]?.array?.compactMap(\.string) ?? [],
      key: self["key"]?.array?.compactMap(\.string) ?? [], position: Self.nowhere)
  }

  var taskKind: TaskKind? {
    if let text = self["sql"]?.string {
      let file = SourceFile(path: self["path"]?.string ?? "", text: "")
      let position = SourcePosition(
        file: file, line: Int(clamping: self["line"]?.integer ?? 1),
        column: Int(clamping: self["column"]?.integer ?? 1))
      let located = LocatedText(
        text: text, position: position,
        laterLinesColumn: self["later"]?.integer.map { Int(clamping: $0) })
      return .sql(SQLTask(text: located, into: self["into"]?.target))
    }
    guard let file = self["file"]?.string, let target = self["into"]?.target else { return nil }
    var load = LoadTask(
      source: .file(.literal(.text(file))),
      columns: (self["columns"]?.array ?? []).compactMap(\.column), into: target)
    load.format = self["format"]?.string.flatMap { LoadTask.Format(rawValue: $0) }
    load.nullTexts = self["null"]?.array?.compactMap(\.string) ?? []
    load.onBadRow = self["on_bad_row"]?.string.flatMap { LoadTask.BadRowRule(rawValue: $0) } ?? .fail
    return .load(load)
  }

  private static var nowhere: SourcePosition {
    SourcePosition(file: SourceFile(path: "", text: ""), line: 1, column: 1)
  }
}
