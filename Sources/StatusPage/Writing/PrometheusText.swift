import HTTPServer

/// Figures in the text format of Prometheus.
struct PrometheusText: Sendable {
  enum Kind: String { case gauge, counter }

  private var text = ""
  private var name = ""

  /// Begins the samples of one name.
  mutating func family(_ name: String, _ kind: Kind, _ help: String) {
    self.name = name
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
  }

  mutating func sample(_ labels: [String: String], _ value: Double) {
    let pairs = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\(Self.escaped($0.value))\"" }
    text += name + (pairs.isEmpty ? "" : "{\(pairs.joined(separator: ","))}") + " \(value)\n"
  }

  private static func escaped(_ value: String) -> String {
    value.reduce(into: "") { text, character in
      switch character {
      case "\\": text += "\\\\"
      case "\"": text += "\\\""
      case "\n": text += "\\n"
      default: text.append(character)
      }
    }
  }

  /// The figures as an answer.
  var response: HTTPResponse {
    HTTPResponse(
      .ok, ["content-type": "text/plain; version=0.0.4; charset=utf-8", "cache-control": "no-store"],
      body: .bytes(Array(text.utf8)))
  }
}
