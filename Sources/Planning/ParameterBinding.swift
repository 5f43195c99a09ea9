import Declarations
import MeshModel

/// Why a value given for a param cannot be taken.
public struct ParameterError: Error, Hashable, Sendable {
  public var message: String
  public var help: String
}

extension Pipeline {
  /// The values of a run's params: those given, checked against their declarations, and the defaults of the
  /// rest.
  public func bindings(of given: [String: String]) throws(ParameterError) -> [String: Scalar] {
    for name in given.keys.sorted() where !params.contains(where: { $0.name == name }) {
      let known = params.map { "'\($0.name)'" }.joined(separator: ", ")
      throw ParameterError(
        message: "'\(self.name)' has no param '\(name)'",
        help: known.isEmpty ? "it has none at all" : "it has \(known)")
    }
    var values: [String: Scalar] = [:]
    for parameter in params {
      if let text = given[parameter.name] {
        switch parameter.value(parsing: text) {
        case .success(let value): values[parameter.name] = value
        case .failure(let mistake):
          throw ParameterError(
            message: "param \(mistake.message)", help: "give another with --param \(parameter.name)=VALUE")
        }
      } else if let value = parameter.defaultValue {
        values[parameter.name] = value
      } else {
        throw ParameterError(
          message: "param '\(parameter.name)' of '\(self.name)' needs a value",
          help: "give it with --param \(parameter.name)=VALUE")
      }
    }
    return values
  }
}
