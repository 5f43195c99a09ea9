import Basics
import HTTPServer
import Lineage
import MeshModel
import Orchestration
import Records

/// One request as a handler sees it: checked, with all that there is to answer it.
struct Visit {
  let request: HTTPRequest
  let values: [PathPattern.Kind: String]
  let query: [String: String]
  let body: [String: JSONValue]
  let caller: Caller
  let world: PageWorld

  var now: Instant { world.clock.now }
  var declared: PublishedRelease { world.release }

  /// Reads the record on one snapshot.
  func read<Found>(_ body: (StateReader) throws -> Found) throws -> Found {
    // A problem is the request's and no failure of the record, which is all that a snapshot lets out.
    try world.reader.snapshot { reader in
      do { return Result<Found, Problem>.success(try body(reader)) } catch let problem as Problem {
        return .failure(problem)
      }
    }.get()
  }

  /// A name or a number of the path. That it is there is a matter of the pattern.
  func value(_ kind: PathPattern.Kind) throws -> String {
    guard let value = values[kind] else { throw Problem.notFound() }
    return value
  }

  func number(_ kind: PathPattern.Kind) throws -> Int64 {
    guard let number = Int64(try value(kind)) else { throw Problem.notFound() }
    return number
  }

  /// The run of the path, which is there.
  func run() throws -> RunSummary {
    let id = try number(.run)
    guard let run = try world.reader.run(id) else { throw Problem.notFound("there is no run \(id)") }
    return run
  }

  func backfill() throws -> BackfillID {
    guard let id = BackfillID(try value(.backfill).dropFirst()) else { throw Problem.notFound() }
    return id
  }

  /// The alert of the path, which is there.
  func alert() throws -> AlertSummary {
    let id = try number(.alert)
    guard let alert = try world.reader.alert(id) else { throw Problem.notFound("there is no alert \(id)") }
    return alert
  }

  func pipelineName() throws -> PipelineName {
    PipelineName(domain: try value(.domain), name: try value(.pipeline))
  }

  /// The place of the path's pipeline in the graph.
  func pipelinePlace() throws -> Int {
    let name = try pipelineName()
    guard let place = declared.graph.index(of: name) else {
      throw Problem.notFound("there is no pipeline '\(name)'")
    }
    return place
  }

  func dataset() throws -> DatasetName {
    guard let name = DatasetName(try value(.dataset)) else { throw Problem.notFound() }
    return name
  }

  func integer(_ name: String, default standing: Int) -> Int { query[name].flatMap { Int($0) } ?? standing }

  /// How many items a page has.
  var limit: Int { integer("limit", default: 50) }

  /// An answer with an object.
  func json(
    _ schema: String, status: HTTPStatus = .ok, _ members: (inout JSONWriter) -> Void
  ) -> Route.Answer {
    .response(HTTPResponse(json: JSONWriter.document(schema, members), status))
  }
}

extension HTTPResponse {
  init(json bytes: [UInt8], _ status: HTTPStatus = .ok) {
    self.init(status, ["content-type": "application/json"], body: .bytes(bytes))
  }
}
