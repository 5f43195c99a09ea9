import Basics
import Diagnostics
import MeshModel

extension Fields {
  /// A text that is not empty, as it was written.
  func text(_ name: String) -> Located<String>? {
    self[name].flatMap { Values.text($0.value, of: name, findings) }
  }

  func name(_ name: String) -> Located<String>? {
    self[name].flatMap { Values.name($0.value, of: name, findings) }
  }

  /// One or several names.
  func names(_ name: String) -> [Located<String>] {
    guard let value = self[name]?.value else { return [] }
    return Values.list(value, of: name, findings) { Values.name($0, of: name, findings) }
  }

  /// One or several texts.
  func texts(_ name: String) -> [Located<String>] {
    guard let value = self[name]?.value else { return [] }
    return Values.list(value, of: name, findings) { Values.text($0, of: name, findings) }
  }

  func boolean(_ name: String) -> Bool? {
    guard let value = self[name]?.value, value.kind != .ignored else { return nil }
    if value.kind == .scalar, case .boolean(let truth) = YAMLScalar(value) { return truth }
    let words = ["yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"]
    let meant =
      words[value.text.lowercased()] ?? (value.style.isQuotedOrBlock ? "it without quotes" : "true or false")
    findings.error(
      "wrong-type", "'\(name)' takes true or false, not \(value.words)", at: value, help: "write \(meant)")
    return nil
  }

  /// An integer within the range of the table.
  func integer(_ name: String) -> Int? {
    guard let entry = self[name] else { return nil }
    return Values.integer(entry.value, of: name, type: entry.key.type, findings)
  }

  /// A number within the range of the table.
  func number(_ name: String) -> Double? {
    guard let entry = self[name], entry.value.kind != .ignored else { return nil }
    var number: Double?
    switch entry.value.kind == .scalar ? YAMLScalar(entry.value) : .null {
    case .integer(let value): number = Double(value)
    case .real(let value): number = value
    default: break
    }
    guard let number else {
      findings.error(
        "wrong-type", "'\(name)' takes a \(entry.key.type.words), not \(entry.value.words)", at: entry.value)
      return nil
    }
    if case .number(let range) = entry.key.type, !range.contains(number) {
      findings.error("out-of-range", "'\(name)' takes a \(entry.key.type.words)", at: entry.value)
      return nil
    }
    return number
  }

  /// A duration; the inner nil is `none`.
  func durationOrNone(_ name: String) -> Duration?? {
    guard let entry = self[name] else { return nil }
    return Values.duration(entry.value, of: name, type: entry.key.type, findings)
  }

  func duration(_ name: String) -> Duration? { durationOrNone(name) ?? nil }

  func moment(_ name: String) -> Located<CivilTime>? {
    self[name].flatMap { Values.moment($0.value, of: name, findings) }
  }

  /// One of the words of the table.
  func choice<Choice: RawRepresentable>(_ name: String, _ type: Choice.Type) -> Choice?
  where Choice.RawValue == String {
    guard let entry = self[name],
      let word = Values.choice(entry.value, of: name, type: entry.key.type, findings)
    else { return nil }
    return Choice(rawValue: word)
  }
}
