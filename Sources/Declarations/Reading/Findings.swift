import Basics
import Diagnostics

/// The mistakes found so far in one file, or in whatever else is judged as a whole.
final class Findings {
  /// Mistakes past this number are not worth reading before the first ones are mended.
  static let most = 200

  private(set) var diagnostics: [Diagnostic] = []
  private(set) var errorCount = 0
  private var findingCount = 0
  private var comparisonsLeft = 250_000

  var hasErrors: Bool { errorCount > 0 }

  /// Whether what is found from now on is not shown.
  var isFull: Bool { findingCount > Self.most }

  /// The name that was probably meant. In a large file not every mistake is worth a look at all names.
  func nearest(to word: String, among names: some Collection<String>) -> String? {
    comparisonsLeft -= names.count
    guard !isFull, comparisonsLeft >= 0 else { return nil }
    return EditDistance.nearest(to: word, among: names)
  }

  func add(_ diagnostic: Diagnostic) {
    if diagnostic.severity == .error { errorCount += 1 }
    findingCount += 1
    if findingCount <= Self.most {
      diagnostics.append(diagnostic)
    } else if findingCount == Self.most + 1 {
      diagnostics.append(
        Diagnostic(
          code: "too-many-mistakes", "more than \(Self.most) mistakes in one file; the rest is not shown",
          at: diagnostic.position, help: "mend the first ones and check again"))
    }
  }

  func error(
    _ code: String, _ message: String, at node: YAMLNode, notes: [Diagnostic.Note] = [], help: String? = nil
  ) {
    add(
      Diagnostic(
        code: code, message, at: node.position, length: node.length, notes: notes, help: help))
  }

  func warning(
    _ code: String, _ message: String, at node: YAMLNode, notes: [Diagnostic.Note] = [], help: String? = nil
  ) {
    add(
      Diagnostic(
        .warning, code: code, message, at: node.position, length: node.length, notes: notes, help: help))
  }
}
