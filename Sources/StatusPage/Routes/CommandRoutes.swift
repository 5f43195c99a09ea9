import Basics
import HTTPServer
import MeshModel
import Records

/// Commands of people on other machines.
enum CommandRoutes {
  private static let mostWords = 1000

  private static let body: [BodyMember] = [
    .init(name: "words", kind: .array, isRequired: true, range: 1...mostWords),
    .init(name: "columns", kind: .integer, range: 0...1_000_000),
    .init(name: "colour", kind: .boolean),
  ]

  static let all: [Route] = [
    .post(
      "/api/v1/commands", .role(.viewer),
      "Carries out a command of 'heddle' for somebody on another machine, and gives back what it says",
      schema: "command", body: body
    ) { visit in .command(visit.commandWish) },
    .post(
      "/api/v1/commands/follow", .role(.viewer),
      "Carries out a command, and tells what it says as it says it: events 'out' and 'err', at last 'exit'",
      schema: nil, media: "text/event-stream", body: body
    ) { visit in .followed(visit.commandWish) },
  ]
}

extension Visit {
  fileprivate var commandWish: CommandWish {
    CommandWish(
      words: (body["words"]?.array ?? []).compactMap(\.string),
      columns: body["columns"]?.integer.map { Int(clamping: $0) },
      allowsColour: body["colour"] == .boolean(true), caller: caller)
  }
}

extension CommandOutcome {
  var response: HTTPResponse {
    switch self {
    case .busy:
      var response = Problem.unavailable("too many commands wait").response
      response.headers.add("retry-after", "5")
      return response
    case .done(let exit, let out, let err):
      let bytes = JSONWriter.document("command") { writer in
        writer.number("exit", exit)
        writer.text("out", String(decoding: out, as: UTF8.self))
        writer.text("err", String(decoding: err, as: UTF8.self))
      }
      var response = HTTPResponse(json: bytes)
      response.headers.add("cache-control", "no-store")
      return response
    }
  }
}
