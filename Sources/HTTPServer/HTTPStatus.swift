/// The status of a response, RFC 9110.
public struct HTTPStatus: Hashable, Sendable {
  public let code: Int
  /// The words that stand beside the number for people.
  public let title: String

  init(_ code: Int, _ title: String) {
    self.code = code
    self.title = title
  }

  public static let ok = HTTPStatus(200, "OK")
  public static let accepted = HTTPStatus(202, "Accepted")
  public static let noContent = HTTPStatus(204, "No Content")
  public static let partialContent = HTTPStatus(206, "Partial Content")
  public static let seeOther = HTTPStatus(303, "See Other")
  public static let notModified = HTTPStatus(304, "Not Modified")
  public static let badRequest = HTTPStatus(400, "Bad Request")
  public static let unauthorized = HTTPStatus(401, "Unauthorized")
  public static let forbidden = HTTPStatus(403, "Forbidden")
  public static let notFound = HTTPStatus(404, "Not Found")
  public static let methodNotAllowed = HTTPStatus(405, "Method Not Allowed")
  public static let requestTimeout = HTTPStatus(408, "Request Timeout")
  public static let conflict = HTTPStatus(409, "Conflict")
  public static let lengthRequired = HTTPStatus(411, "Length Required")
  public static let contentTooLarge = HTTPStatus(413, "Content Too Large")
  public static let targetTooLong = HTTPStatus(414, "URI Too Long")
  public static let unsupportedMediaType = HTTPStatus(415, "Unsupported Media Type")
  public static let rangeNotSatisfiable = HTTPStatus(416, "Range Not Satisfiable")
  public static let expectationFailed = HTTPStatus(417, "Expectation Failed")
  public static let misdirected = HTTPStatus(421, "Misdirected Request")
  public static let unprocessable = HTTPStatus(422, "Unprocessable Content")
  public static let tooManyRequests = HTTPStatus(429, "Too Many Requests")
  public static let headersTooLarge = HTTPStatus(431, "Request Header Fields Too Large")
  public static let internalError = HTTPStatus(500, "Internal Server Error")
  public static let notImplemented = HTTPStatus(501, "Not Implemented")
  public static let unavailable = HTTPStatus(503, "Service Unavailable")
  public static let versionNotSupported = HTTPStatus(505, "HTTP Version Not Supported")

  /// No content follows the head, whatever the head says.
  var hasNoContent: Bool { self == .noContent || self == .notModified }
}
