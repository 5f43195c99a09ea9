import Basics
import MeshModel

/// What `--param NAME=VALUE` gave; typed only once the pipeline is known.
struct ParameterList: Hashable {
  private(set) var values: [String: String] = [:]

  init(_ arguments: Arguments) throws(CommandFailure) {
    for text in arguments.values("param") {
      guard let sign = text.firstIndex(of: "=") else {
        throw .usage("'--param \(text)' has no value", help: "write --param NAME=VALUE")
      }
      let name = String(text[..<sign])
      guard Name.isValid(name) else {
        throw .usage("'\(name)' is no name of a param", help: "write --param NAME=VALUE")
      }
      guard values[name] == nil else { throw .usage("param '\(name)' is given twice", help: "give it once") }
      values[name] = String(text[text.index(after: sign)...])
    }
  }

  /// Those that somebody gave before.
  init(_ values: [String: String]) { self.values = values }

  /// Refuses params that none of the pipelines declares.
  func check(against pipelines: [Pipeline]) throws(CommandFailure) {
    guard !values.isEmpty, !pipelines.isEmpty else { return }
    let known = Set(pipelines.flatMap { $0.params.map(\.name) })
    for name in values.keys.sorted() where !known.contains(name) {
      let near = EditDistance.nearest(to: name, among: known.sorted())
      let all =
        known.isEmpty ? "none of them has params" : "there are: " + known.sorted().joined(separator: ", ")
      throw .usage(
        "no pipeline of the plan has a param '\(name)'", help: near.map { "did you mean '\($0)'?" } ?? all)
    }
  }
}
