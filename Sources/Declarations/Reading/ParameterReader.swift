import Basics
import Diagnostics
import MeshModel

/// Reads one of `params:`.
struct ParameterReader {
  let fields: Fields
  let name: YAMLNode

  private var findings: Findings { fields.findings }

  /// Nil when its kind cannot be told, which is reported.
  func read() -> Parameter? {
    guard let kind = fields.choice("type", Parameter.Kind.self) else { return nil }
    var parameter = Parameter(name: name.text, kind: kind, position: name.position)
    parameter.description = fields.text("description")?.value
    parameter.minimum = bound("minimum", kind)
    parameter.maximum = bound("maximum", kind)
    if let low = parameter.minimum, let high = parameter.maximum, high < low, let entry = fields["maximum"] {
      findings.error("out-of-range", "'maximum' is less than 'minimum'", at: entry.value)
    }
    if let node = fields["allowed"]?.value {
      parameter.allowed = Values.list(node, of: "allowed", findings) { value($0, "allowed", parameter) }
    }
    if let node = fields["default"]?.value, let value = value(node, "default", parameter) {
      parameter.defaultValue = value
      if let allowed = parameter.allowed, !allowed.contains(value) {
        findings.error("out-of-range", "'default' is not among 'allowed'", at: node)
      }
    }
    return parameter
  }

  private func bound(_ key: String, _ kind: Parameter.Kind) -> Double? {
    guard let entry = fields[key] else { return nil }
    guard kind == .integer || kind == .number else {
      findings.error(
        "conflicting-keys", "'\(key)' needs type integer or number, and this is a \(kind.rawValue)",
        at: entry.keyNode)
      return nil
    }
    return fields.number(key)
  }

  private func value(_ node: YAMLNode, _ key: String, _ parameter: Parameter) -> Scalar? {
    guard let scalar = parameter.kind == .text ? text(node, key) : Values.scalar(node, of: key, findings)
    else {
      return nil
    }
    guard let value = parameter.kind.value(scalar) else {
      findings.error(
        "wrong-type", "'\(key)' takes \(parameter.kind.rawValue.withArticle), not \(node.words)", at: node,
        help: parameter.kind == .date ? "write 2013-01-31" : nil)
      return nil
    }
    if let problem = parameter.rangeProblem(value) {
      findings.error("out-of-range", "'\(key)' is \(problem)", at: node)
      return nil
    }
    return value
  }

  /// A text as it was written, if only of digits.
  private func text(_ node: YAMLNode, _ key: String) -> Scalar? {
    guard node.kind == .scalar, !node.isNull else { return Values.scalar(node, of: key, findings) }
    return .text(node.text)
  }
}

extension Parameter.Kind {
  /// The value in the form that this kind has; nil when it is none of it.
  func value(_ scalar: Scalar) -> Scalar? {
    switch (self, scalar) {
    case (.text, .text), (.integer, .integer), (.number, .real), (.boolean, .boolean): scalar
    case (.number, .integer(let value)): .real(Double(value))
    case (.date, .text(let text)): text.utf8.count == 10 && CivilTime(declared: text) != nil ? scalar : nil
    default: nil
    }
  }
}

extension Parameter {
  /// Why a value of the right kind is not allowed, to follow "is"; nil when it is.
  func rangeProblem(_ value: Scalar) -> String? {
    let number: Double? =
      switch value {
      case .integer(let value): Double(value)
      case .real(let value): value
      default: nil
      }
    if let number, let minimum, number < minimum {
      return "less than the minimum, \(Scalar.real(minimum).shortText)"
    }
    if let number, let maximum, number > maximum {
      return "more than the maximum, \(Scalar.real(maximum).shortText)"
    }
    return nil
  }

  /// Reads a value that somebody gave in words, as `--param NAME=VALUE` does.
  ///
  /// - Returns: the value, or one sentence that says why it is none.
  public func value(parsing text: String) -> Result<Scalar, ParameterMistake> {
    let scalar: Scalar
    switch kind {
    case .text, .date: scalar = .text(text)
    default:
      switch YAMLScalar(plain: text) {
      case .integer(let value): scalar = .integer(value)
      case .real(let value) where value.isFinite: scalar = .real(value)
      case .boolean(let value): scalar = .boolean(value)
      default: scalar = .text(text)
      }
    }
    guard let value = kind.value(scalar) else {
      return .failure(
        ParameterMistake("'\(name)' takes \(kind.rawValue.withArticle), not '\(Excerpt.of(text))'"))
    }
    if let problem = rangeProblem(value) { return .failure(ParameterMistake("'\(name)' is \(problem)")) }
    if let allowed, !allowed.contains(value) {
      let words = allowed.map(\.text).joined(separator: ", ")
      return .failure(ParameterMistake("'\(name)' cannot be '\(Excerpt.of(text))': it is one of \(words)"))
    }
    return .success(value)
  }
}

/// Why a value is not one that a parameter takes.
public struct ParameterMistake: Error, Hashable, Sendable {
  /// One sentence.
  public var message: String

  init(_ message: String) { self.message = message }
}

extension Scalar {
  /// A number without a needless `.0`.
  fileprivate var shortText: String { text.hasSuffix(".0") ? String(text.dropLast(2)) : text }
}
