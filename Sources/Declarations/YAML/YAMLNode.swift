import Diagnostics

/// A value in a YAML file, with its place.
struct YAMLNode {
  enum Kind: UInt8 {
    case scalar, sequence, mapping
    /// A mistake that was reported already; nobody reports it again.
    case ignored
  }

  enum Style: UInt8 {
    case plain, singleQuoted, doubleQuoted, literal, folded, block, flow

    var isQuotedOrBlock: Bool { self != .plain }
  }

  let document: YAMLDocument
  let index: Int32

  private var record: YAMLDocument.Record { document.records[Int(index)] }

  var kind: Kind { document.records[Int(index)].kind }
  var style: Style { document.records[Int(index)].style }
  /// What a scalar says; empty for everything else.
  var text: String { document.records[Int(index)].text }
  /// The items of a sequence, the pairs of a mapping.
  var count: Int {
    let children = Int(document.records[Int(index)].childCount)
    return kind == .mapping ? children / 2 : children
  }

  var position: SourcePosition {
    let record = record
    return document.file.place(line: Int(record.line), column: Int(record.column))
  }

  /// How many scalars a caret underlines: a scalar on one line, or the first character of anything else.
  var length: Int {
    let record = record
    guard record.kind == .scalar, record.line == record.endLine else { return 1 }
    return max(1, Int(record.endColumn - record.column))
  }

  /// A value that was left out, or says so: `key:`, `~`, `null`.
  var isNull: Bool { kind == .scalar && style == .plain && YAMLScalar.isNull(text) }

  var items: Items { Items(document: document, place: kind == .sequence ? record.firstChild : -1) }
  var pairs: Pairs { Pairs(document: document, place: kind == .mapping ? record.firstChild : -1) }

  /// The value of a key, if this is a mapping that has it.
  subscript(key: String) -> YAMLNode? { pairs.first { $0.key.text == key }?.value }

  /// The items of a sequence, in order.
  struct Items: Sequence, IteratorProtocol {
    let document: YAMLDocument
    var place: Int32

    mutating func next() -> YAMLNode? {
      guard place >= 0 else { return nil }
      defer { place = document.records[Int(place)].nextSibling }
      return document.value(at: place)
    }
  }

  /// The pairs of a mapping, in order.
  struct Pairs: Sequence, IteratorProtocol {
    let document: YAMLDocument
    var place: Int32

    mutating func next() -> (key: YAMLNode, value: YAMLNode)? {
      guard place >= 0 else { return nil }
      let value = document.records[Int(place)].nextSibling
      guard value >= 0 else { return nil }
      defer { place = document.records[Int(value)].nextSibling }
      return (YAMLNode(document: document, index: place), document.value(at: value))
    }
  }
}
