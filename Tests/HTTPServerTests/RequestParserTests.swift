import Basics
import Testing

@testable import HTTPServer

struct RequestParserTests {
  @Test(arguments: HostileRequest.all)
  func `a hostile request is refused, or read as what it looks like`(hostile: HostileRequest) {
    var parser = RequestParser()
    parser.take(hostile.bytes)
    switch parser.next() {
    case .request: #expect(hostile.status == nil)
    case .failed(let failure): #expect(failure.status.code == hostile.status, "\(failure.reason)")
    case .incomplete, .awaitsContinue: Issue.record("nobody says what becomes of it")
    }
  }

  @Test func `there are at least 200 hostile requests, each once`() {
    #expect(Set(HostileRequest.all.map(\.name)).count == HostileRequest.all.count)
    #expect(HostileRequest.all.count >= 200)
  }

  @Test(arguments: HostileRequest.all)
  func `in which pieces a request comes makes no difference`(hostile: HostileRequest) {
    var whole = RequestParser()
    whole.take(hostile.bytes)
    var pieces = RequestParser()
    var last = RequestParser.Step.incomplete
    for byte in hostile.bytes {
      guard last == .incomplete else { break }
      pieces.take([byte])
      last = pieces.next()
    }
    switch (whole.next(), last) {
    // Which of its mistakes is seen first may differ.
    case (.failed, .failed): break
    case (let one, let other): #expect(one == other)
    }
  }

  @Test func `requests that come together are read one after the other`() {
    var parser = RequestParser()
    let first = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
    parser.take(Array((first + "GET /b?c=d%20e&f HTTP/1.1\r\nHost: y:81\r\n\r\nGET").utf8))
    guard case .request(let one) = parser.next(), case .request(let two) = parser.next() else {
      Issue.record("two requests were sent")
      return
    }
    #expect(one.body == Array("abc".utf8))
    #expect(one.target.path == ["a"])
    #expect(two.target.path == ["b"])
    #expect(two.target.query.map(\.name) == ["c", "f"])
    #expect(two.target.query.map(\.value) == ["d e", ""])
    #expect(two.host == RequestHost("y:81"))
    #expect(parser.next() == .incomplete)
    #expect(!parser.isBetweenRequests)
  }

  @Test func `a path is decoded once`() throws {
    let target = try #require(RequestTarget("/%25/a%20b/%252e?q=%2B+x"))
    #expect(target.path == ["%", "a b", "%2e"])
    #expect(target.query == [.init(name: "q", value: "+ x")])
    #expect(RequestTarget("/")?.path == [""])
    #expect(RequestTarget("/a/")?.path == ["a", ""])
  }

  @Test func `who waits for leave to send a body is given it once`() {
    var parser = RequestParser()
    parser.take(
      Array("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n".utf8))
    #expect(parser.next() == .awaitsContinue)
    #expect(parser.next() == .incomplete)
    parser.take(Array("ab".utf8))
    guard case .request(let request) = parser.next() else {
      Issue.record("the body is there")
      return
    }
    #expect(request.body.count == 2)
  }

  @Test func `a date is written as RFC 9110 has it`() {
    #expect(HTTPDate.text(Instant(seconds: 784_111_777)) == "Sun, 06 Nov 1994 08:49:37 GMT")
    #expect(HTTPDate.text(Instant(seconds: 0)) == "Thu, 01 Jan 1970 00:00:00 GMT")
  }

  @Test func `no value of a response ends its own line`() {
    var headers = HeaderFields()
    headers.add("location", "/a\r\nset-cookie: x\0")
    let head = HTTPResponse(.ok, headers).head(date: "d", closes: false)
    #expect(String(decoding: head, as: UTF8.self).split(separator: "\r\n").count == 4)
  }
}
