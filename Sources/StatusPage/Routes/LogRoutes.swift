import Basics
import Execution
import HTTPServer
import MeshModel
import Records

/// The logs of attempts: by lines, by search, and as they are.
enum LogRoutes {
  private static let base = "/api/v1/runs/{run}/tasks/{task}/{index}/attempts/{attempt}/"

  static let all: [Route] = routes.map { route in
    var route = route
    route.isOfRecord = false
    return route
  }

  private static let routes: [Route] = [
    .get(
      base + "log", .role(.viewer), "Lines of a log", schema: "log",
      [
        .number("from", 1...QueryParameter.greatest, "the first line, from 1"),
        .number("count", 1...5000, "how many lines; 200 where nothing is said"),
        .number("last", 1...5000, "so many lines of the end instead"),
      ]
    ) { visit in
      try visit.log()
    },
    .get(
      base + "log/search", .role(.viewer),
      "The lines of a log that hold a text, whatever its case, or say that they are of a level",
      schema: "log_search",
      [
        QueryParameter(name: "q", kind: .text(.free(1...500)), meaning: "the text", isAlternative: true),
        QueryParameter(
          name: "level", kind: .words(LogLevel.allCases.map(\.rawValue)),
          meaning: "only lines that say so of themselves; 'warning' has errors too", isAlternative: true),
        .number("from", 1...QueryParameter.greatest, "the first line that is looked at"),
        .number("limit", 1...1000, "how many lines at most; 1000 where nothing is said"),
      ]
    ) { visit in
      try visit.searchLog()
    },
    .get(
      base + "log.txt", .role(.viewer), "A log as it is; a range of its bytes may be asked for",
      media: "text/plain"
    ) { visit in
      try visit.rawLog()
    },
  ]
}

extension Visit {
  /// The path of the log that is asked for: made of numbers and a name of the record, never of the request.
  private func logFile() throws -> (path: String, isFinal: Bool) {
    let instance = try instance(in: try runDetail())
    let number = try number(.attempt)
    guard let attempt = instance.attempts.first(where: { $0.id.number == number }) else {
      throw Problem.notFound("task '\(instance.name)' has no attempt \(number)")
    }
    return (world.settings.state.log(of: attempt.id, task: instance.task), attempt.state.isFinal)
  }

  fileprivate func log() throws -> Route.Answer {
    let file = try logFile()
    let index = world.services.logs.open(file.path)
    let mask = try SecretMask(of: world.settings.state)
    let count = integer("count", default: 200)
    let page =
      query["last"].flatMap { Int($0) }.map { index?.last($0, mask) }
      ?? index?.lines(from: integer("from", default: 1), count: count, mask)
    return json("log") { writer in
      writer.number("size", index?.size ?? 0)
      writer.number("lines", page?.known ?? 0)
      writer.number("from", page?.from ?? 1)
      writer.texts("items", page?.lines ?? [])
      writer.flag("final", file.isFinal)
      writer.flag("complete", page?.isWhole ?? true)
      writer.number("offset", page?.bytes.lowerBound ?? 0)
      writer.number("end", page?.bytes.upperBound ?? 0)
    }
  }

  fileprivate func searchLog() throws -> Route.Answer {
    let index = world.services.logs.open(try logFile().path)
    let limit = integer("limit", default: 1000)
    let mask = try SecretMask(of: world.settings.state)
    let level = query["level"].flatMap(LogLevel.init)
    let hits =
      index?.search(query["q"], level: level, from: integer("from", default: 1), limit: limit, mask)
      ?? LogIndex.Hits()
    return json("log_search") { writer in
      writer.number("total", hits.lines.count)
      writer.list("items", hits.lines) { writer, line in
        writer.array { writer in
          writer.integer(line.0)
          writer.string(line.1)
        }
      }
      writer.number("next", hits.next)
    }
  }

  fileprivate func rawLog() throws -> Route.Answer {
    let file = try logFile()
    let mask = try SecretMask(of: world.settings.state)
    // A log has nothing by which to tell whether it is still the one that 'If-Range' means.
    let asked = request.headers["if-range"] == nil ? request.headers["range"] : nil
    var size = 0
    var isPartial = false
    let found = world.services.logs.part(file.path, mask) {
      size = $0
      switch ByteRange(asked, of: size) {
      case .whole: return 0..<size
      case .outside: return nil
      case .part(let range):
        isPartial = true
        return range
      }
    }
    guard let found else {
      guard asked != nil, world.services.logs.exists(file.path) else {
        throw Problem.notFound("the attempt wrote nothing")
      }
      var refusal = Problem(.rangeNotSatisfiable, "bad_request", "the log has no such bytes").response
      refusal.headers.add("content-range", "bytes */\(size)")
      return .response(refusal)
    }
    var headers: HeaderFields = [
      "content-type": "text/plain; charset=utf-8", "content-disposition": "inline",
      "accept-ranges": "bytes", "cache-control": "no-store",
    ]
    if isPartial {
      let last = found.range.upperBound - 1
      headers.add("content-range", "bytes \(found.range.lowerBound)-\(last)/\(found.size)")
    }
    return .response(HTTPResponse(isPartial ? .partialContent : .ok, headers, body: found.body))
  }
}

/// What the header 'Range' asks for, RFC 9110, section 14.2.
enum ByteRange: Hashable {
  /// Nothing, something other than bytes, several ranges, or what cannot be understood: such a header is as
  /// good as none.
  case whole
  case part(Range<Int>)
  /// There are no such bytes.
  case outside

  init(_ header: String?, of size: Int) {
    self = .whole
    guard let parts = header?.split(separator: "=", maxSplits: 1), parts.count == 2,
      parts[0].lowercased() == "bytes"
    else { return }
    let ends = parts[1].split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2, ends.contains(where: { !$0.isEmpty }),
      ends.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } })
    else { return }
    // What has more digits than a number is beyond any log.
    let (first, last) = (Int(ends[0]) ?? .max, Int(ends[1]) ?? .max)
    if ends[0].isEmpty {
      self = last > 0 && size > 0 ? .part(max(0, size - last)..<size) : .outside
    } else if last >= first {
      self = first < size ? .part(first..<(min(last, size - 1) + 1)) : .outside
    }
  }
}
