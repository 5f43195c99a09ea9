import Basics
import HTTPServer

/// The document of the API, OpenAPI 3.1, made of the table of routes so that it cannot say anything else.
enum DocumentRoutes {
  static let all: [Route] = [
    .get("/api/v1/openapi.json", .open, "The document of this API", media: "application/json") { visit in
      .response(HTTPResponse(json: document(of: RouteTable.all, version: visit.world.settings.version)))
    }
  ]

  static func document(of routes: [Route], version: String) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.text("openapi", "3.1.0")
      writer.member("info") { writer in
        writer.text("title", "Heddle")
        writer.text("version", version.isEmpty ? "0" : version)
        writer.text("description", "States, logs and changes of a mesh of pipelines.")
      }
      writer.member("paths") { writer in
        let own = routes.filter { $0.pattern.text.hasPrefix("/api/") }
        for path in unique(own.map(\.pattern.text)) {
          writer.member(path) { writer in
            for route in own where route.pattern.text == path { write(route, to: &writer) }
          }
        }
      }
      writer.member("components") { writeComponents(to: &$0) }
    }
    return writer.bytes
  }

  private static func unique(_ texts: [String]) -> [String] {
    var seen: Set<String> = []
    return texts.filter { seen.insert($0).inserted }
  }

  private static func write(_ route: Route, to writer: inout JSONWriter) {
    writer.member(route.method.lowercased()) { writer in
      writer.text("summary", route.summary)
      writer.key("parameters")
      writer.array { writer in
        for kind in route.pattern.kinds { writer.object { kind.write(to: &$0) } }
        for parameter in route.parameters where !parameter.isAlternative {
          writer.object { parameter.write(to: &$0) }
        }
        writeAlternatives(route.parameters.filter(\.isAlternative), to: &writer)
      }
      if let body = route.body { writeBody(body, to: &writer) }
      writeAnswers(of: route, to: &writer)
      guard route.access != .open else { return }
      writer.key("security")
      writer.array { writer in
        if route.access == .states { writer.object { _ in } }
        writer.object { $0.texts("token", []) }
      }
    }
  }

  /// Parameters of which one must be there. That can only be said of the members of an object; those of one
  /// in the style 'form' are sent as any other parameters are.
  private static func writeAlternatives(_ parameters: [QueryParameter], to writer: inout JSONWriter) {
    guard !parameters.isEmpty else { return }
    writer.object { writer in
      writer.text("name", parameters.map(\.name).joined(separator: "_or_"))
      writer.text("in", "query")
      writer.flag("required", true)
      writer.text("style", "form")
      writer.flag("explode", true)
      writer.member("schema") { writer in
        writer.text("type", "object")
        writer.number("minProperties", 1)
        writer.flag("additionalProperties", false)
        writer.member("properties") { writer in
          for parameter in parameters {
            writer.member(parameter.name) { writer in
              writer.text("description", parameter.meaning)
              parameter.writeSchema(to: &writer)
            }
          }
        }
      }
    }
  }

  private static func writeBody(_ body: [BodyMember], to writer: inout JSONWriter) {
    writer.member("requestBody") { writer in
      writer.flag("required", body.contains(where: \.isRequired))
      writer.member("content") { writer in
        writer.member("application/json") { writer in
          writer.member("schema") { writer in
            writer.text("type", "object")
            writer.flag("additionalProperties", false)
            writer.texts("required", body.filter(\.isRequired).map(\.name))
            writer.member("properties") { writer in
              for member in body {
                writer.member(member.name) { member.writeSchema(to: &$0) }
              }
            }
          }
        }
      }
    }
  }

  private static func writeAnswers(of route: Route, to writer: inout JSONWriter) {
    writer.member("responses") { writer in
      let code = route.method == "DELETE" ? "204" : route.schema == "done" ? "202" : "200"
      writer.member(code) { writer in
        writer.text("description", route.summary)
        guard let media = route.media ?? route.schema.map({ _ in "application/json" }) else { return }
        writer.member("content") { writer in
          writer.member(media) { writer in
            guard let schema = route.schema else { return }
            writer.member("schema") { writer in
              writer.text("type", "object")
              writer.texts("required", ["schema"])
              writer.member("properties") { writer in
                writer.member("schema") { $0.text("const", "heddle.\(schema)/v1") }
              }
            }
          }
        }
      }
      writer.member("default") { $0.text("$ref", "#/components/responses/problem") }
    }
  }

  private static func writeComponents(to writer: inout JSONWriter) {
    writer.member("securitySchemes") { writer in
      writer.member("token") { writer in
        writer.text("type", "http")
        writer.text("scheme", "bearer")
      }
    }
    writer.member("responses") { writer in
      writer.member("problem") { writer in
        writer.text(
          "description",
          "Why the request is refused: 400 where it contradicts this document, 422 where it does not and "
            + "still makes no sense for what is there")
        writer.member("content") { writer in
          writer.member("application/problem+json") { writer in
            writer.member("schema") { writer in
              writer.text("type", "object")
              writer.texts("required", ["status", "title", "code", "detail"])
            }
          }
        }
      }
    }
  }
}

extension PathPattern.Kind {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.text("name", rawValue)
    writer.text("in", "path")
    writer.flag("required", true)
    writer.member("schema") { writeSchema(to: &$0) }
  }

  private func writeSchema(to writer: inout JSONWriter) {
    switch self {
    case .run, .attempt, .alert, .silence, .index:
      writer.text("type", "integer")
      writer.number("minimum", self == .index ? 0 : 1)
      writer.number("maximum", Int(String(repeating: "9", count: Self.mostDigits)))
    case .domain, .pipeline, .task:
      writer.text("type", "string")
      writer.text("pattern", TextForm.name.pattern)
    case .dataset:
      writer.text("type", "string")
      writer.text("pattern", "^\(TextForm.nameExpression)\\.\(TextForm.nameExpression)$")
    case .backfill:
      writer.text("type", "string")
      writer.text("pattern", TextForm.backfill.pattern)
    case .code: writer.text("type", "string")
    }
  }
}

extension BodyMember {
  fileprivate func writeSchema(to writer: inout JSONWriter) {
    writer.texts("type", [kind.rawValue] + (isRequired ? [] : ["null"]))
    switch kind {
    case .integer:
      writer.number("minimum", range?.lowerBound ?? 0)
      writer.number("maximum", range?.upperBound ?? QueryParameter.greatest)
    case .array:
      writer.member("items") { $0.text("type", "string") }
      writer.number("minItems", range?.lowerBound ?? 0)
      if let range { writer.number("maxItems", range.upperBound) }
    case .object:
      writer.member("additionalProperties") { writer in
        writer.texts("type", ["string", "number", "boolean"])
      }
    case .string: form?.write(to: &writer)
    case .boolean: break
    }
    guard !words.isEmpty else { return }
    writer.list("enum", words.map { $0 as String? } + (isRequired ? [] : [nil])) { $0.string($1) }
  }
}

extension QueryParameter {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.text("name", name)
    writer.text("in", "query")
    writer.text("description", meaning)
    writer.member("schema") { writeSchema(to: &$0) }
  }

  fileprivate func writeSchema(to writer: inout JSONWriter) {
    switch kind {
    case .text(let form):
      writer.text("type", "string")
      form.write(to: &writer)
    case .number(let range):
      writer.text("type", "integer")
      writer.number("minimum", range.lowerBound)
      writer.number("maximum", range.upperBound)
    case .flag: writer.text("type", "boolean")
    case .words(let words): writer.texts("enum", words)
    }
  }
}

extension TextForm {
  fileprivate func write(to writer: inout JSONWriter) {
    if let lengths {
      writer.number("minLength", lengths.lowerBound)
      writer.number("maxLength", lengths.upperBound)
    }
    writer.text("pattern", pattern)
  }
}
