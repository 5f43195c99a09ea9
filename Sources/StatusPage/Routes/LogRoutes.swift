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
      base + "log/search", .role(.viewer), "The lines of a log that hold a text, whatever its case",
      schema: "log_search",
      [
        .text("q", .free(1...500), "the text", isRequired: true),
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
    let hits =
      index?.search(query["q"] ?? "", from: integer("from", default: 1), limit: limit, mask)
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
    var isPartial = false
    let found = world.services.logs.part(file.path, mask) { size in
      guard let header = request.headers["range"] else { return 0..<size }
      guard let range = ByteRange.parse(header, size: size) else { return nil }
      isPartial = true
      return range
    }
    guard let found else {
      if request.headers["range"] != nil, world.services.logs.exists(file.path) {
        throw Problem(.rangeNotSatisfiable, "bad_request", "the log has no such bytes")
      }
      throw Problem.notFound("the attempt wrote nothing")
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

/// One range of bytes, RFC 9110.
enum ByteRange {
  /// Nil: it is no single range, or lies outside.
  static func parse(_ header: String, size: Int) -> Range<Int>? {
    guard header.hasPrefix("bytes=") else { return nil }
    let ends = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2,
      ends.allSatisfy({ $0.utf8.count <= 18 && $0.utf8.allSatisfy { (48...57).contains($0) } })
    else { return nil }
    if ends[0].isEmpty {
      guard let count = Int(ends[1]), count > 0, size > 0 else { return nil }
      return max(0, size - count)..<size
    }
    guard let first = Int(ends[0]), first < size else { return nil }
    let last = ends[1].isEmpty ? size - 1 : Int(ends[1]) ?? -1
    guard last >= first else { return nil }
    return first..<(min(last, size - 1) + 1)
  }
}
