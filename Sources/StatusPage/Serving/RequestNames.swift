import Basics
import HTTPServer
import Threads

/// Names each request, so that what a reader was told can be found in what the daemon says of itself.
///
/// Names are told apart within a daemon's life by a number, and from those of other lives by chance.
final class RequestNames: Sendable {
  /// The header of the answer that has the name.
  static let header = "x-request-id"

  private struct Told {
    var requests = 0
    /// The second of the last complaint, and how many of it were not made.
    var second: Int64 = 0
    var unsaid = 0
  }

  private let life: String
  private let told = Guarded(Told())
  private let clock: any Clock
  private let complain: @Sendable (String) -> Void

  /// - Parameter complain: takes a sentence about an answer that could not be given; on any thread.
  init(clock: any Clock, complain: @escaping @Sendable (String) -> Void) {
    self.clock = clock
    self.complain = complain
    let chance = SystemRandom.bits() ?? UInt64(bitPattern: clock.now.milliseconds)
    let digits = String(chance & 0xff_ffff, radix: 16)
    life = String(repeating: "0", count: 6 - digits.count) + digits
  }

  /// The answer to a request with its name; what the daemon is to blame for is complained about, once a
  /// second at most.
  func named(_ response: HTTPResponse, to request: HTTPRequest) -> HTTPResponse {
    let isFault = response.status.code >= 500
    let second = clock.now.seconds
    let (number, unsaid) = told.withLock { told -> (Int, Int?) in
      told.requests += 1
      guard isFault else { return (told.requests, nil) }
      guard told.second != second else {
        told.unsaid += 1
        return (told.requests, nil)
      }
      defer { (told.second, told.unsaid) = (second, 0) }
      return (told.requests, told.unsaid)
    }
    let name = "\(life)-\(number)"
    if let unsaid { complain(Self.complaint(name, response, request, unsaid)) }
    var response = response
    response.headers.add(Self.header, name)
    return response
  }

  private static func complaint(
    _ name: String, _ response: HTTPResponse, _ request: HTTPRequest, _ unsaid: Int
  ) -> String {
    // A link that signs somebody in is nobody else's.
    let segments = request.target.path.first == "sign-in" ? ["sign-in", "..."] : request.target.path
    var text =
      "request \(name)  \(request.method) /\(segments.joined(separator: "/")) was answered with \(response.status.code)"
    if case .bytes(let body) = response.body, let detail = try? JSONValue(parsing: body)["detail"]?.string {
      text += ": \(detail)"
    }
    return unsaid == 0 ? text : text + "; \(unsaid) more like it"
  }
}
