import HTTPServer
import MeshModel
import Orchestration

/// A row of the table of routes: what is not in it is refused.
struct Route: Sendable {
  /// Who may ask.
  enum Access: Hashable, Sendable {
    /// Everybody: nothing is told that is anybody's.
    case open
    /// Everybody where the page stands on loopback, else viewers.
    case states
    /// Those who signed in, with at least this role.
    case role(Role)
  }

  /// What a handler answers.
  enum Answer: Sendable {
    case response(HTTPResponse)
    /// What the loop says to a request makes the answer, or that it says nothing in time; no thread waits.
    case ask(
      ControlRequest, within: Duration = .seconds(60), then: @Sendable (ControlReply) -> HTTPResponse)
    /// A stream of events is wanted.
    case follow(EventWish)
    /// A command is to be carried out.
    case command(CommandWish)
    /// The same, and what it says is told as it goes on.
    case followed(CommandWish)
  }

  typealias Handler = @Sendable (Visit) throws -> Answer

  var method: String
  var pattern: PathPattern
  var access: Access
  /// One sentence for the document of the API.
  var summary: String
  /// The schema of the answer, `run` for `heddle.run/v1`; nil: it is no JSON object.
  var schema: String?
  /// What the answer is, where it is no JSON object of ours; nil: it is one, or nothing.
  var media: String?
  var parameters: [QueryParameter]
  /// It belongs to the page, which keeps there what it shows: any parameters are taken, and none is read.
  var takesAnyQuery = false
  /// What it answers changes with the record or with what is published, and never unseen as a log does.
  var isOfRecord = true
  /// The members that a body may have; nil: it has none.
  var body: [BodyMember]?
  var handler: Handler

  static func get(
    _ path: String, _ access: Access, _ summary: String, schema: String? = nil, media: String? = nil,
    _ parameters: [QueryParameter] = [], _ handler: @escaping Handler
  ) -> Route {
    Route(
      method: "GET", pattern: PathPattern(path), access: access, summary: summary, schema: schema,
      media: media, parameters: parameters, body: nil, handler: handler)
  }

  static func post(
    _ path: String, _ access: Access, _ summary: String, schema: String? = "done", media: String? = nil,
    body: [BodyMember] = [], _ handler: @escaping Handler
  ) -> Route {
    Route(
      method: "POST", pattern: PathPattern(path), access: access, summary: summary, schema: schema,
      media: media, parameters: [], body: body, handler: handler)
  }

  static func delete(
    _ path: String, _ access: Access, _ summary: String, _ handler: @escaping Handler
  ) -> Route {
    Route(
      method: "DELETE", pattern: PathPattern(path), access: access, summary: summary, schema: nil,
      parameters: [], body: nil, handler: handler)
  }
}

/// A member of the JSON object that a request carries.
struct BodyMember: Hashable, Sendable {
  enum Kind: String, Hashable, Sendable { case string, integer, boolean, object, array }

  var name: String
  var kind: Kind
  var isRequired = false
  /// What it may be; none: anything of its kind.
  var words: [String] = []
  /// What a text may be; nil: anything.
  var form: TextForm?
  /// What a number may be, or how many items there may be.
  var range: ClosedRange<Int>?
}
