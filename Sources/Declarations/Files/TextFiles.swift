import Diagnostics
import Threads

/// Reads the text files of a project, each once. Several threads may ask.
final class TextFiles: Sendable {
  /// Why there is no text.
  enum Problem: Error {
    case file(FileProblem)
    /// It is no UTF-8; the diagnostic says where.
    case encoding(Diagnostic)
  }

  private let files: any DeclarationFiles
  /// How users see a path that is not the file's own: `-` for standard input.
  private let shownPaths: [String: String]
  private let texts = Guarded([String: Result<SourceFile, Problem>]())

  init(_ files: any DeclarationFiles, shownPaths: [String: String] = [:]) {
    self.files = files
    self.shownPaths = shownPaths
  }

  /// All texts that were read, by path.
  var readFiles: [String: SourceFile] {
    texts.withLock { texts in
      texts.compactMapValues { if case .success(let file) = $0 { file } else { nil } }
    }
  }

  func text(of path: String) -> Result<SourceFile, Problem> {
    if let known = texts.withLock({ $0[path] }) { return known }
    let result = Result { () throws(Problem) in try read(path) }
    return texts.withLock { texts in
      // Whoever was first is right: a file is what it was when it was read first.
      if let known = texts[path] { return known }
      texts[path] = result
      return result
    }
  }

  /// The nodes of a declaration; nil when it is none, which is reported.
  func declaration(in path: String, _ findings: Findings) -> YAMLNode? {
    switch text(of: path) {
    case .failure(.file(let problem)):
      findings.add(problem.diagnostic("file '\(Excerpt.of(path))'", at: Self.start(of: path)))
    case .failure(.encoding(let diagnostic)): findings.add(diagnostic)
    case .success(let file):
      guard let document = YAMLComposer.compose(file, findings: findings) else { return nil }
      if let root = document.root, !root.isNull { return root }
      findings.add(
        Diagnostic(
          code: "file-empty", "the file declares nothing", at: SourcePosition(file: file, line: 1, column: 1),
          help: "fill it in, or remove it"))
    }
    return nil
  }

  /// The beginning of a file of which there is no text.
  static func start(of path: String) -> SourcePosition {
    SourcePosition(file: SourceFile(path: path, text: ""), line: 1, column: 1)
  }

  private func read(_ path: String) throws(Problem) -> SourceFile {
    var bytes: ArraySlice<UInt8>
    do {
      bytes = try files.content(of: path)[...]
    } catch {
      throw .file(error)
    }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    let shown = shownPaths[path] ?? path
    if let text = String(validating: bytes, as: UTF8.self) { return SourceFile(path: shown, text: text) }
    throw .encoding(Self.encodingMistake(bytes, path: shown))
  }

  private static func encodingMistake(_ bytes: ArraySlice<UInt8>, path: String) -> Diagnostic {
    let isUTF16 = bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
    // The text up to the first bad byte is as it was, so the place holds in the repaired text too.
    let file = SourceFile(path: path, text: String(decoding: bytes, as: UTF8.self))
    let offset = validPrefix(of: bytes)
    let byte = bytes.dropFirst(offset).first.map { String($0, radix: 16, uppercase: true) } ?? ""
    return Diagnostic(
      code: "invalid-utf8", "the file is not UTF-8: the byte 0x\(byte) does not belong here",
      at: file.position(atByte: offset),
      help: isUTF16 ? "it is UTF-16; save it as UTF-8" : "save it as UTF-8; is it Latin-1?")
  }

  /// How many bytes come before the first one that is no UTF-8.
  private static func validPrefix(of bytes: ArraySlice<UInt8>) -> Int {
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var count = 0
    while case .scalarValue(let scalar) = decoder.decode(&iterator) { count += UTF8.width(scalar) }
    return count
  }
}

extension FileProblem {
  /// The problem as a diagnostic.
  ///
  /// - Parameters:
  ///   - what: what cannot be read, in quotes.
  func diagnostic(_ what: String, at position: SourcePosition, length: Int = 1) -> Diagnostic {
    let (code, message, help): (String, String, String?) =
      switch self {
      case .missing: ("file-missing", "there is no \(what)", "was it renamed or removed?")
      case .leadsOutside:
        (
          "leads-outside", "\(what) leads out of the project",
          "put a copy into the project; a symbolic link must be relative and stay within it"
        )
      case .tooLarge(let bytes):
        (
          "file-too-large", "\(what) has \(bytes) bytes; \(FileProblem.mostBytes) are read at most",
          "split it into several files"
        )
      case .notAFile: ("file-unreadable", "\(what) is not a regular file", nil)
      case .unreadable(let reason):
        ("file-unreadable", "\(what) cannot be read: \(reason.lowercasedFirst)", nil)
      }
    return Diagnostic(code: code, message, at: position, length: length, help: help)
  }
}
