import Basics
import HTTPServer
import Orchestration
import Records

/// Why a request is refused, as RFC 9457 has it: `application/problem+json`.
struct Problem: Error, Hashable, Sendable {
  var status: HTTPStatus
  /// For programs.
  var code: String
  /// One sentence in lower case, without a full stop.
  var detail: String
  /// What to do about it.
  var help: String?

  init(_ status: HTTPStatus, _ code: String, _ detail: String, help: String? = nil) {
    self.status = status
    self.code = code
    self.detail = detail
    self.help = help
  }

  static func notFound(_ detail: String = "there is nothing here", help: String? = nil) -> Problem {
    Problem(.notFound, "not_found", detail, help: help)
  }

  static func badRequest(_ detail: String, help: String? = nil) -> Problem {
    Problem(.badRequest, "bad_request", detail, help: help)
  }

  static func unavailable(_ detail: String, help: String? = nil) -> Problem {
    Problem(.unavailable, "unavailable", detail, help: help)
  }

  init(_ error: RecordsError) {
    self = .unavailable("the state cannot be read now: \(error.message)", help: error.help)
  }

  init(_ error: SessionError) { self.init(kind: error.kind, error.message, help: error.help) }

  init(kind: SessionError.Kind, _ message: String, help: String?) {
    switch kind {
    case .notFound: self.init(.notFound, "not_found", message, help: help)
    case .invalid, .brokenDeclarations: self.init(.unprocessable, "invalid", message, help: help)
    case .denied: self.init(.forbidden, "denied", message, help: help)
    case .conflict: self.init(.conflict, "conflict", message, help: help)
    case .environment: self.init(.unavailable, "unavailable", message, help: help)
    }
  }

  /// The answer that says so.
  var response: HTTPResponse {
    var writer = JSONWriter()
    writer.object { writer in
      writer.text("type", "about:blank")
      writer.text("title", status.title)
      writer.number("status", status.code)
      writer.text("code", code)
      writer.text("detail", detail)
      writer.text("help", help)
    }
    var headers: HeaderFields = ["content-type": "application/problem+json", "cache-control": "no-store"]
    // RFC 9110, section 15.5.2: who must sign in is told how.
    if status == .unauthorized { headers.add("www-authenticate", "Bearer realm=\"heddle\"") }
    return HTTPResponse(status, headers, body: .bytes(writer.bytes))
  }
}
