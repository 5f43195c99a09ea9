import Basics
import Glibc
import HTTPServer

/// The page's files, read once: only names that are there are served, and nothing is looked up by a name that
/// came from outside.
struct WebFolder: Sendable {
  /// A file with its type, and how it is packed if it is.
  struct Asset: Sendable {
    var type: String
    var bytes: [UInt8]
    var tag: String
    /// The same, packed by gzip; nil: `NAME.gz` does not stand beside it.
    var packed: [UInt8]?
  }

  private static let types = [
    "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8", "svg": "image/svg+xml", "png": "image/png", "woff2": "font/woff2",
    "json": "application/json", "webmanifest": "application/manifest+json",
  ]
  private static let largest = 16 << 20

  /// The page itself; nil: there is none.
  let index: Asset?
  /// What it refers to, by its path below `assets`.
  let assets: [String: Asset]

  /// - Parameter path: nil: there is no page.
  init(_ path: String?) {
    guard let path else {
      index = nil
      assets = [:]
      return
    }
    index = Self.asset(path + "/index.html")
    var found: [String: Asset] = [:]
    Self.collect(path + "/assets/", below: "", into: &found)
    assets = found
  }

  /// How deep folders may lie in each other.
  private static let deepest = 4

  private static func collect(_ root: String, below folder: String, into found: inout [String: Asset]) {
    for name in names(in: root + folder) where !name.hasSuffix(".gz") {
      if let asset = asset(root + folder + name) {
        found[folder + name] = asset
      } else if folder.count(where: { $0 == "/" }) < deepest {
        collect(root, below: folder + name + "/", into: &found)
      }
    }
  }

  /// What lies in a folder, but for what begins with a dot; sorted.
  static func names(in folder: String) -> [String] {
    FolderEntries(folder)?.filter { !$0.hasPrefix(".") }.sorted() ?? []
  }

  private static func asset(_ path: String) -> Asset? {
    guard let ending = path.split(separator: ".").last, let type = types[String(ending)],
      let bytes = content(of: path)
    else { return nil }
    return Asset(type: type, bytes: bytes, tag: ContentTag.text(of: bytes), packed: content(of: path + ".gz"))
  }

  /// A file of a bounded length as a whole.
  static func content(of path: String, atMost largest: Int = largest) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= largest
    else {
      return nil
    }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    let count = bytes.count
    let got = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, count) }
    return got == count ? bytes : nil
  }
}

extension WebFolder.Asset {
  /// The file as an answer, packed where the browser unpacks.
  func response(to request: HTTPRequest) -> HTTPResponse {
    let accepted = request.headers.all("accept-encoding").flatMap { $0.split(separator: ",") }
    let unpacks = accepted.contains { item in
      let words = item.lowercased().filter { $0 != " " }.split(separator: ";")
      // A weight of nothing says that it is not wanted.
      let weight = words.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) }
      return words.first == "gzip" && weight != 0
    }
    var headers: HeaderFields = ["content-type": type, "vary": "accept-encoding"]
    guard unpacks, let packed else {
      headers.add("etag", "\"\(tag)\"")
      return HTTPResponse(.ok, headers, body: .bytes(bytes))
    }
    headers.add("content-encoding", "gzip")
    headers.add("etag", "\"\(tag)-gzip\"")
    return HTTPResponse(.ok, headers, body: .bytes(packed))
  }
}
