import Basics
import MeshModel

extension ParameterList {
  /// The values for a run of the pipeline: those given that it declares, and the defaults of the others.
  func values(for pipeline: Pipeline) throws(CommandFailure) -> [String: Scalar] {
    var result: [String: Scalar] = [:]
    for parameter in pipeline.params {
      if let text = values[parameter.name] {
        result[parameter.name] = try parameter.value(of: text)
      } else if let value = parameter.defaultValue {
        result[parameter.name] = value
      } else {
        throw .usage(
          "'\(pipeline.name)' needs a value for its param '\(parameter.name)'",
          help: "add --param \(parameter.name)=VALUE (\(parameter.kind.rawValue))")
      }
    }
    return result
  }

  /// Refuses params that none of the pipelines declares.
  func check(against pipelines: [Pipeline]) throws(CommandFailure) {
    let known = Set(pipelines.flatMap { $0.params.map(\.name) })
    for name in values.keys.sorted() where !known.contains(name) {
      let whose = pipelines.count == 1 ? "'\(pipelines[0].name)'" : "none of the pipelines"
      let near = EditDistance.nearest(to: name, among: known.sorted())
      let all = known.isEmpty ? nil : "there are: " + known.sorted().joined(separator: ", ")
      throw .usage(
        "\(whose) has \(pipelines.count == 1 ? "no" : "a") param '\(name)'",
        help: near.map { "did you mean '\($0)'?" } ?? all)
    }
  }
}

extension Parameter {
  /// Reads a value as it is typed on the command line.
  fileprivate func value(of text: String) throws(CommandFailure) -> Scalar {
    guard let value = reading(text) else {
      throw .usage("param '\(name)' cannot be '\(text)'", help: "write \(expected)")
    }
    let number: Double? =
      switch value {
      case .integer(let value): Double(value)
      case .real(let value): value
      default: nil
      }
    if let number, let minimum, number < minimum {
      throw .usage("param '\(name)' is at least \(Self.text(minimum)), not '\(text)'")
    }
    if let number, let maximum, number > maximum {
      throw .usage("param '\(name)' is at most \(Self.text(maximum)), not '\(text)'")
    }
    if let allowed, !allowed.contains(value) {
      throw .usage(
        "param '\(name)' cannot be '\(text)'", help: "one of: " + allowed.map(\.text).joined(separator: ", "))
    }
    return value
  }

  private func reading(_ text: String) -> Scalar? {
    switch kind {
    case .text: return .text(text)
    case .integer: return Int64(text).map(Scalar.integer)
    case .number:
      guard let number = Double(text), number.isFinite else { return nil }
      return Int64(text).map(Scalar.integer) ?? .real(number)
    case .boolean: return text == "true" ? .boolean(true) : text == "false" ? .boolean(false) : nil
    case .date: return Self.isDate(text) ? .text(text) : nil
    }
  }

  private static func isDate(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [4, 2, 2], parts.allSatisfy({ $0.utf8.allSatisfy { 48...57 ~= $0 } }),
      let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]), 1...12 ~= month
    else { return false }
    let date = CivilTime(year: year, month: month, day: day)
    // A day that the month does not have comes back as another one.
    return CivilTime(daysSinceEpoch: date.daysSinceEpoch) == date
  }

  private var expected: String {
    switch kind {
    case .text: "any text"
    case .integer: "a whole number"
    case .number: "a number"
    case .boolean: "true or false"
    case .date: "a date such as 2013-01-31"
    }
  }

  private static func text(_ bound: Double) -> String {
    Int64(exactly: bound).map(String.init) ?? String(bound)
  }
}
