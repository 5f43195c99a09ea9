import Basics
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
        values[parameter.name] = try parameter.value(of: text)
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

extension Parameter {
  /// Reads a value as people type it.
  func value(of text: String) throws(ParameterError) -> Scalar {
    let value: Scalar? =
      switch kind {
      case .text: .text(text)
      case .integer: Int64(text).map { .integer($0) }
      case .number: Double(text).flatMap { $0.isFinite ? .real($0) : nil }
      case .boolean: text == "true" ? .boolean(true) : text == "false" ? .boolean(false) : nil
      case .date: Self.isDate(text) ? .text(text) : nil
      }
    guard let value else {
      throw ParameterError(
        message: "param '\(name)' is of type \(kind.rawValue), and '\(text)' is none",
        help: "give another value")
    }
    if let number = Double(text), kind == .integer || kind == .number {
      if let minimum, number < minimum { throw outside(text, "at least \(minimum)") }
      if let maximum, number > maximum { throw outside(text, "at most \(maximum)") }
    }
    if let allowed, !allowed.contains(value) {
      throw outside(text, "one of " + allowed.map { "'\($0.text)'" }.joined(separator: ", "))
    }
    return value
  }

  private func outside(_ text: String, _ bound: String) -> ParameterError {
    ParameterError(message: "param '\(name)' cannot be '\(text)'", help: "it is to be \(bound)")
  }

  private static func isDate(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].count == 4, let year = Int(parts[0]), let month = Int(parts[1]),
      let day = Int(parts[2]), (1...12).contains(month), (1...31).contains(day)
    else { return false }
    let civil = CivilTime(year: year, month: month, day: day)
    return CivilTime(daysSinceEpoch: civil.daysSinceEpoch) == civil && civil.dateText == text
  }
}
