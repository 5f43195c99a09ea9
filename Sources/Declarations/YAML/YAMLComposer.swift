import CYAML
import Diagnostics

/// Builds the nodes of a file from libyaml's events, within limits.
///
/// It is not recursive, and it stops at the first event beyond a limit: libyaml itself takes time that grows
/// with the square of the depth of brackets.
struct YAMLComposer {
  static let deepest = 64
  static let mostNodes = 2_000_000

  private struct Level {
    var index: Int32
    var lastChild: Int32 = -1
  }

  private let file: SourceFile
  private let findings: Findings
  private var records: [YAMLDocument.Record] = []
  private var levels: [Level] = []
  private var documentCount = 0
  private var hasReportedAlias = false

  private init(file: SourceFile, findings: Findings) {
    self.file = file
    self.findings = findings
  }

  /// The nodes of a file; nil when it is no YAML, which is reported. A file without a value is a document
  /// without a root.
  static func compose(_ file: SourceFile, findings: Findings) -> YAMLDocument? {
    var composer = YAMLComposer(file: file, findings: findings)
    guard YAMLComposer.checkLineBreaks(of: file, findings: findings) else { return nil }
    var text = file.text
    let isWhole = text.withUTF8 { composer.run($0) }
    return isWhole ? YAMLDocument(file: file, records: composer.records) : nil
  }

  private mutating func run(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    records.reserveCapacity(bytes.count / 12 + 8)
    // libyaml keeps a pointer to the parser inside itself, so the parser must not move.
    let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    defer { parser.deallocate() }
    guard yaml_parser_initialize(parser) == 1 else {
      report("yaml-syntax", "there is not enough memory to read the file", line: 1, column: 1)
      return false
    }
    defer { yaml_parser_delete(parser) }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    while true {
      var event = yaml_event_t()
      guard yaml_parser_parse(parser, &event) == 1 else {
        findings.add(YAMLFailure(parser.pointee, in: file).diagnostic)
        return false
      }
      defer { yaml_event_delete(&event) }
      if event.type == YAML_STREAM_END_EVENT { return true }
      guard take(event) else { return false }
    }
  }

  /// Whether to go on.
  private mutating func take(_ event: yaml_event_t) -> Bool {
    switch event.type {
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      checkProperties(anchor: scalar.anchor, tag: scalar.tag, at: event.start_mark)
      let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
      return append(
        .scalar, Self.style(scalar.style), event, text: String(decoding: bytes, as: UTF8.self)) != nil
    case YAML_SEQUENCE_START_EVENT:
      let sequence = event.data.sequence_start
      checkProperties(anchor: sequence.anchor, tag: sequence.tag, at: event.start_mark)
      return open(.sequence, isFlow: sequence.style == YAML_FLOW_SEQUENCE_STYLE, event)
    case YAML_MAPPING_START_EVENT:
      let mapping = event.data.mapping_start
      checkProperties(anchor: mapping.anchor, tag: mapping.tag, at: event.start_mark)
      return open(.mapping, isFlow: mapping.style == YAML_FLOW_MAPPING_STYLE, event)
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
      close(event)
      return true
    case YAML_ALIAS_EVENT:
      reportAlias(at: event.start_mark)
      return append(.ignored, .plain, event, text: "") != nil
    case YAML_DOCUMENT_START_EVENT:
      documentCount += 1
      if documentCount > 1 {
        report(
          "yaml-documents", "a second document begins here; a file holds one", at: event.start_mark,
          help: "put it into a file of its own")
      }
      return documentCount == 1
    default: return true
    }
  }

  private mutating func open(_ kind: YAMLNode.Kind, isFlow: Bool, _ event: yaml_event_t) -> Bool {
    guard levels.count < Self.deepest else {
      report(
        "yaml-depth", "values nest deeper than \(Self.deepest) levels", at: event.start_mark,
        help: "no declaration needs that; is a bracket left open?")
      return false
    }
    guard let index = append(kind, isFlow ? .flow : .block, event, text: "") else { return false }
    levels.append(Level(index: index))
    return true
  }

  /// The place of the new node; nil when there are too many.
  private mutating func append(
    _ kind: YAMLNode.Kind, _ style: YAMLNode.Style, _ event: yaml_event_t, text: String
  ) -> Int32? {
    guard records.count < Self.mostNodes else {
      report("yaml-nodes", "the file holds more than \(Self.mostNodes) values", at: event.start_mark)
      return nil
    }
    let index = Int32(records.count)
    records.append(
      YAMLDocument.Record(
        kind: kind, style: style,
        line: Int32(clamping: event.start_mark.line + 1),
        column: Int32(clamping: event.start_mark.column + 1),
        endLine: Int32(clamping: event.end_mark.line + 1),
        endColumn: Int32(clamping: event.end_mark.column + 1),
        text: text))
    guard let level = levels.last else { return index }
    if level.lastChild < 0 {
      records[Int(level.index)].firstChild = index
    } else {
      records[Int(level.lastChild)].nextSibling = index
    }
    records[Int(level.index)].childCount += 1
    levels[levels.count - 1].lastChild = index
    return index
  }

  private mutating func close(_ event: yaml_event_t) {
    guard let level = levels.popLast() else { return }
    let index = Int(level.index)
    records[index].endLine = Int32(clamping: event.end_mark.line + 1)
    records[index].endColumn = Int32(clamping: event.end_mark.column + 1)
    if records[index].kind == .mapping { checkKeys(of: index) }
  }

  private static func style(_ style: yaml_scalar_style_t) -> YAMLNode.Style {
    switch style {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
    case YAML_LITERAL_SCALAR_STYLE: .literal
    case YAML_FOLDED_SCALAR_STYLE: .folded
    default: .plain
    }
  }
}

extension YAMLComposer {
  private func report(_ code: String, _ message: String, line: Int, column: Int, help: String? = nil) {
    let position = file.place(line: line, column: column)
    findings.add(Diagnostic(code: code, message, at: position, help: help))
  }

  private func report(_ code: String, _ message: String, at mark: yaml_mark_t, help: String? = nil) {
    report(
      code, message, line: Int(clamping: mark.line) + 1, column: Int(clamping: mark.column) + 1, help: help)
  }

  /// Refuses names for values, which an alias could repeat, and types, which no declaration needs.
  private mutating func checkProperties(
    anchor: UnsafeMutablePointer<yaml_char_t>?, tag: UnsafeMutablePointer<yaml_char_t>?, at mark: yaml_mark_t
  ) {
    if anchor != nil { reportAlias(at: mark) }
    if tag != nil {
      report(
        "yaml-tag", "a declaration has no tags", at: mark,
        help: "leave out the word that begins with '!'; write \"5\" for the text 5")
    }
  }

  private mutating func reportAlias(at mark: yaml_mark_t) {
    guard !hasReportedAlias else { return }
    hasReportedAlias = true
    report(
      "yaml-alias", "a declaration has no anchors (&) and no aliases (*)", at: mark,
      help: "use 'defaults:' or a template for what repeats; put a text that begins with & or * into quotes")
  }

  /// Checks the keys of a mapping: plain texts, each once.
  private mutating func checkKeys(of mapping: Int) {
    var seenFew: [Int32] = []
    var seenMany: [String: Int32] = [:]
    let isLarge = records[mapping].childCount > 32
    var next = records[mapping].firstChild
    while next >= 0 {
      let key = next
      let value = records[Int(key)].nextSibling
      next = value >= 0 ? records[Int(value)].nextSibling : -1
      guard records[Int(key)].kind == .scalar else {
        reportBadKey(key, of: mapping)
        continue
      }
      let text = records[Int(key)].text
      if text == "<<", records[Int(key)].style == .plain {
        records[Int(key)].kind = .ignored
        report(
          "yaml-merge-key", "a declaration has no merge keys ('<<')", at: key,
          help: "use 'defaults:' or a template for what repeats")
        continue
      }
      let first: Int32?
      if isLarge {
        first = seenMany.updateValue(key, forKey: text)
        if let first { seenMany[text] = first }
      } else {
        first = seenFew.first { records[Int($0)].text == text }
        seenFew.append(key)
      }
      if let first { reportDuplicate(key, of: first) }
    }
  }

  private func report(_ code: String, _ message: String, at index: Int32, help: String? = nil) {
    let record = records[Int(index)]
    report(code, message, line: Int(record.line), column: Int(record.column), help: help)
  }

  private mutating func reportDuplicate(_ key: Int32, of first: Int32) {
    let record = records[Int(key)]
    let firstRecord = records[Int(first)]
    findings.add(
      Diagnostic(
        code: "duplicate-key", "the key '\(Excerpt.of(record.text))' is here a second time",
        at: SourcePosition(file: file, line: Int(record.line), column: Int(record.column)),
        length: record.line == record.endLine ? Int(record.endColumn - record.column) : 1,
        notes: [
          .init(
            "it is first here",
            at: SourcePosition(file: file, line: Int(firstRecord.line), column: Int(firstRecord.column)))
        ],
        help: "keep one of the two"))
    records[Int(key)].kind = .ignored
  }

  /// A key that is a list or a mapping: mostly an unquoted `{{ x }}`.
  private mutating func reportBadKey(_ key: Int32, of mapping: Int) {
    let record = records[Int(key)]
    let looksTemplated = record.kind == .mapping && record.style == .flow && records[mapping].style == .flow
    if looksTemplated {
      findings.add(Templating.diagnostic(at: position(of: mapping)))
    } else if record.kind != .ignored {
      report("yaml-key", "a key must be a single word", at: key)
    }
    if records[mapping].style == .flow { records[mapping].kind = .ignored }
    records[Int(key)].kind = .ignored
  }

  private func position(of index: Int) -> SourcePosition {
    SourcePosition(file: file, line: Int(records[index].line), column: Int(records[index].column))
  }

  /// libyaml takes some characters for line ends that YAML 1.2 and every editor do not; then all places after
  /// them would be wrong, so they are refused.
  private static func checkLineBreaks(of file: SourceFile, findings: Findings) -> Bool {
    var text = file.text
    let found: (offset: Int, name: String)? = text.withUTF8 { bytes in
      var offset = 0
      while offset < bytes.count {
        let byte = bytes[offset]
        if byte == 0x0D, offset + 1 >= bytes.count || bytes[offset + 1] != 0x0A {
          return (offset, "a carriage return that ends no line")
        }
        if byte == 0xC2, offset + 1 < bytes.count, bytes[offset + 1] == 0x85 { return (offset, "U+0085") }
        if byte == 0xE2, offset + 2 < bytes.count, bytes[offset + 1] == 0x80,
          bytes[offset + 2] == 0xA8 || bytes[offset + 2] == 0xA9
        {
          return (offset, bytes[offset + 2] == 0xA8 ? "U+2028" : "U+2029")
        }
        offset += 1
      }
      return nil
    }
    guard let found else { return true }
    findings.add(
      Diagnostic(
        code: "yaml-line-break", "the file holds \(found.name), which some programs take for a line end",
        at: file.position(atByte: found.offset),
        help: "end lines with a line feed; in double quotes write \\r, \\u2028"))
    return false
  }
}
