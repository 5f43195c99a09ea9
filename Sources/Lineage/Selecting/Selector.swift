import MeshModel

/// A choice of tasks, in the one language that all commands share.
///
/// | text | selects |
/// |---|---|
/// | `operations/*` | all tasks of a domain |
/// | `operations/departures` | all tasks of a pipeline |
/// | `operations/departures.clean` | a task |
/// | `operations.flights` | the task that writes a dataset |
/// | `*` | every task |
/// | `domain:D` `owner:O` `tag:T` `status:S` | the tasks of which that holds |
/// | `stale:` `stale:code` `stale:input` | the tasks that wrote partitions which are stale, for that reason |
/// | `+x` `x+` `2+x+1` | `x` with what is upstream, with what is downstream, with so many steps of each |
/// | `x,y` | what is in both |
/// | `x y` | what is in either |
public struct Selector: Sendable {
  /// The sets of atoms of which each must hold; what any of them selects is selected.
  let alternatives: [[SelectorAtom]]
  public let text: String

  /// Reads a selector.
  public init(_ text: String) throws(SelectorError) {
    self.text = text
    var alternatives: [[SelectorAtom]] = []
    var column = 1
    for term in text.split(separator: " ", omittingEmptySubsequences: false) {
      defer { column += term.unicodeScalars.count + 1 }
      guard !term.isEmpty else { continue }
      var atoms: [SelectorAtom] = []
      var start = column
      for part in term.split(separator: ",", omittingEmptySubsequences: false) {
        guard !part.isEmpty else {
          throw SelectorError(
            .syntax, "nothing stands beside the comma", column: start, length: 1,
            help: "'x,y' without spaces selects what is in both; 'x y' what is in either")
        }
        atoms.append(try SelectorAtom(String(part), column: start))
        start += part.unicodeScalars.count + 1
      }
      alternatives.append(atoms)
    }
    guard !alternatives.isEmpty else {
      throw SelectorError(
        .syntax, "the selector is empty", column: 1, length: 1,
        help: "'*' selects everything, 'domain/*' a domain, 'domain/pipeline' a pipeline")
    }
    self.alternatives = alternatives
  }
}
