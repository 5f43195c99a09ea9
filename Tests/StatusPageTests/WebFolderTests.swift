import HTTPServer
import TestKit
import Testing

@testable import StatusPage

struct WebFolderTests {
  @Test func `only files that are there have an address, each with its type`() throws {
    let folder = try TemporaryFolder()
    for path in [
      "index.html", "assets/app.js", "assets/parts/a.css", "assets/app.js.gz", "assets/x.exe", "secret.js",
    ] {
      try folder.write(path, to: path)
    }
    try folder.write("hidden", to: "assets/.hidden.js")
    let web = WebFolder(folder.path)
    #expect(web.assets.keys.sorted() == ["app.js", "parts/a.css"])
    #expect(web.assets["parts/a.css"]?.type == "text/css; charset=utf-8")
    #expect(web.index?.type == "text/html; charset=utf-8")
    #expect(WebFolder(folder.file("nothing")).index == nil)
  }

  @Test func `a browser that unpacks gets what is packed`() throws {
    let folder = try TemporaryFolder()
    try folder.write("long", to: "index.html")
    try folder.write("packed", to: "index.html.gz")
    let index = try #require(WebFolder(folder.path).index)
    for (accepts, wanted) in [
      ("gzip, br", "packed"), ("br", "long"), ("br;q=1.0, gzip;q=0.5", "packed"),
      ("br,GZIP ; Q=0.5", "packed"),
      ("gzip;q=0", "long"), ("gzip; q=0.000", "long"), ("gzipped", "long"),
    ] {
      var parser = RequestParser()
      parser.take("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: \(accepts)\r\n\r\n".utf8)
      guard case .request(let request) = parser.next() else { continue }
      let response = index.response(to: request)
      #expect(response.text == wanted)
      #expect((response.headers["content-encoding"] == "gzip") == (wanted == "packed"))
    }
  }
}
