import Diagnostics

/// The nodes of one YAML file, in the order in which they begin.
///
/// Nodes lie in one array and point to each other by place: a file of a thousand nodes costs one allocation.
final class YAMLDocument {
  /// What is kept of a node. Lines and columns count from 1.
  struct Record {
    var kind: YAMLNode.Kind
    var style: YAMLNode.Style
    var line: Int32
    var column: Int32
    var endLine: Int32
    var endColumn: Int32
    var childCount: Int32 = 0
    /// Places in `records`, or -1. The children of a mapping are its keys and values in turn.
    var firstChild: Int32 = -1
    var nextSibling: Int32 = -1
    var text: String
  }

  let file: SourceFile
  let records: [Record]
  /// In a template: which value stands for the node at that place.
  private let bindings: [Int32: YAMLNode]

  init(file: SourceFile, records: [Record], bindings: [Int32: YAMLNode] = [:]) {
    self.file = file
    self.records = records
    self.bindings = bindings
  }

  /// The node that everything else is part of; nil in an empty file.
  var root: YAMLNode? { records.isEmpty ? nil : YAMLNode(document: self, index: 0) }

  /// The folder of the file, relative to the project.
  var folder: String { ProjectPath.folder(of: file.path) }

  /// The node at that place, or the value that stands for it.
  func value(at index: Int32) -> YAMLNode {
    if !bindings.isEmpty, let bound = bindings[index] { return bound }
    return YAMLNode(document: self, index: index)
  }

  /// A node that nobody reports, for what was reported already.
  var ignored: YAMLNode {
    let record = Record(kind: .ignored, style: .plain, line: 1, column: 1, endLine: 1, endColumn: 1, text: "")
    return YAMLNode(document: YAMLDocument(file: file, records: [record]), index: 0)
  }

  /// The same nodes, some of them replaced.
  func binding(_ values: [Int32: YAMLNode]) -> YAMLDocument {
    YAMLDocument(file: file, records: records, bindings: values)
  }
}

extension SourceFile {
  /// A place that libyaml tells. It puts the end of a text without a last line end on a line of its own.
  func place(line: Int, column: Int) -> SourcePosition {
    line <= lineCount
      ? SourcePosition(file: self, line: line, column: column) : position(atByte: text.utf8.count)
  }
}
