import Basics
import Foundation
import Glibc
import TestKit
import Testing
import Threads

@testable import HTTPServer

/// Answers what the tests ask for.
private struct Answerer: HTTPResponder {
  /// Requests that are answered later, by the test.
  let held = Guarded<[@Sendable (HTTPResponse) -> Void]>([])
  let asked = Mailbox<String>()
  let streams = Mailbox<EventStream>()
  var file: String?

  func respond(to request: HTTPRequest, answer: @escaping @Sendable (HTTPResponse) -> Void) {
    let name = request.target.path.joined(separator: "/")
    switch name {
    case "hold": held.withLock { $0.append(answer) }
    case "events":
      let stream = EventStream(most: 1 << 16)
      answer(HTTPResponse(.ok, ["content-type": "text/event-stream"], body: .events(stream)))
      streams.post(stream)
    case "file":
      let descriptor = open(file ?? "", O_RDONLY | O_CLOEXEC)
      let part = FilePart(owning: descriptor, offset: 2, count: 6)
      answer(HTTPResponse(.ok, body: .file(part)))
    case "large": answer(HTTPResponse(.ok, body: .bytes([UInt8](repeating: 97, count: 32 << 20))))
    default: answer(HTTPResponse(.ok, text: "\(request.method) \(name) \(request.body.count)"))
    }
    asked.post(name)
  }
}

struct HTTPServerTests {
  private static let anyPort = "127.0.0.1:0"

  private func server(
    _ answerer: Answerer = Answerer(), _ change: (inout ServerLimits) -> Void = { _ in }
  ) throws -> (HTTPServer, SocketAddress) {
    var limits = ServerLimits()
    limits.linger = .milliseconds(200)
    change(&limits)
    let address = try #require(SocketAddress(Self.anyPort))
    let server = try HTTPServer(at: [address], clock: SystemClock(), limits: limits, responder: answerer)
    return (server, try #require(server.addresses.first))
  }

  @Test func `requests sent at once are answered in their order, and the last ends the connection`() throws {
    let (server, address) = try server()
    defer { server.stop() }
    let wire = Wire(to: address)
    wire.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\nPOST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
    wire.send("GET /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nGET /d HTTP/1.1\r\nHost: x\r\n\r\n")
    let text = try #require(wire.readToEnd())
    #expect(text.split(separator: "\r\n").filter { $0.contains("/1.1 200") }.count == 3)
    #expect(text.contains("GET a 0") && text.contains("POST b 2") && text.contains("GET c 0"))
    #expect(!text.contains("GET d"))
  }

  @Test func `a HEAD gets the head of a GET and no body`() throws {
    let (server, address) = try server()
    defer { server.stop() }
    let wire = Wire(to: address)
    wire.send("HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    let text = try #require(wire.readToEnd())
    #expect(text.contains("content-length: 9\r\n"))
    #expect(text.hasSuffix("\r\n\r\n"))
  }

  @Test func `while a request is answered the next one waits`() throws {
    let answerer = Answerer()
    let (server, address) = try server(answerer)
    defer { server.stop() }
    let wire = Wire(to: address)
    wire.send(
      "GET /hold HTTP/1.1\r\nHost: x\r\n\r\nGET /after HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    #expect(answerer.asked.take() == ["hold"])
    for answer in answerer.held.withLock({ $0 }) { answer(HTTPResponse(.ok, text: "held")) }
    let text = try #require(wire.readToEnd())
    let held = try #require(text.range(of: "held"))
    let after = try #require(text.range(of: "after"))
    #expect(held.lowerBound < after.lowerBound)
  }

  @Test(arguments: ["", "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"])
  func `a head that trickles is cut off at its deadline, however busy it looks`(before: String) throws {
    let (server, address) = try server {
      $0.head = .seconds(1)
      $0.idle = .seconds(60)
    }
    defer { server.stop() }
    let wire = Wire(to: address)
    wire.send(before + "GET / HTTP/1.1\r\nX: ")
    let begin = ContinuousClock.now
    let text = try #require(wire.readToEnd())
    #expect(text.contains("HTTP/1.1 408 ") && text.contains("\r\ndate: "))
    #expect(begin.duration(to: .now) < .seconds(30))
  }

  @Test func `a body that does not come is cut off at its deadline`() throws {
    let (server, address) = try server { $0.body = .milliseconds(100) }
    defer { server.stop() }
    let wire = Wire(to: address)
    wire.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nab")
    #expect(try #require(wire.readToEnd()).hasPrefix("HTTP/1.1 408 "))
  }

  @Test func `an idle connection ends in silence`() throws {
    let (server, address) = try server { $0.idle = .milliseconds(100) }
    defer { server.stop() }
    let wire = Wire(to: address)
    wire.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
    let text = try #require(wire.readToEnd())
    #expect(text.hasSuffix("GET a 0\n"))
  }

  @Test func `a reader that takes nothing is dropped`() throws {
    let (server, address) = try server {
      $0.answer = .milliseconds(100)
      $0.rate = 1 << 40
      $0.connections = 1
    }
    defer { server.stop() }
    let wire = Wire(to: address)
    wire.readSlowly()
    wire.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    // It never reads; that the server is rid of it shows in that another one is let in.
    let begin = ContinuousClock.now
    var text = ""
    repeat {
      let other = Wire(to: address)
      other.send("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      text = other.readToEnd() ?? ""
    } while !text.contains("GET a 0") && begin.duration(to: .now) < .seconds(20)
    #expect(text.contains("GET a 0"))
  }

  @Test func `one connection too many is told to come back`() throws {
    let (server, address) = try server { $0.connections = 1 }
    defer { server.stop() }
    let first = Wire(to: address)
    first.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(first.read(until: "GET a 0").contains("200"))
    let second = Wire(to: address)
    #expect(try #require(second.readToEnd()).hasPrefix("HTTP/1.1 503 "))
  }

  @Test func `a stretch of a file is sent`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/file"
    try folder.write("0123456789", to: "file")
    var answerer = Answerer()
    answerer.file = path
    let (server, address) = try server(answerer)
    defer { server.stop() }
    let wire = Wire(to: address)
    wire.send("GET /file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    #expect(try #require(wire.readToEnd()).hasSuffix("\r\n\r\n234567"))
  }

  @Test func `who follows events gets them at once, and that he is gone is seen at once`() throws {
    let answerer = Answerer()
    let (server, address) = try server(answerer)
    defer { server.stop() }
    let wire = Wire(to: address)
    wire.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
    let stream = try #require(answerer.streams.take().first)
    stream.send("data: 1\n\n".utf8)
    #expect(wire.read(until: "data: 1").contains("text/event-stream"))
    let gone = Mailbox<Bool>()
    stream.atEnd { gone.post(true) }
    wire.finish()
    #expect(gone.take() == [true])
    #expect(!stream.send("data: 2\n\n".utf8))
  }

  @Test func `a reader who leaves events lying is dropped`() throws {
    let answerer = Answerer()
    let (server, address) = try server(answerer)
    defer { server.stop() }
    let wire = Wire(to: address)
    wire.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
    let stream = try #require(answerer.streams.take().first)
    let gone = Mailbox<Bool>()
    stream.atEnd { gone.post(true) }
    while stream.send([UInt8](repeating: 120, count: 1 << 15)) {}
    #expect(gone.take() == [true])
  }

  @Test func `a stop lets what is under way end`() throws {
    let answerer = Answerer()
    let (server, address) = try server(answerer) { $0.farewell = .seconds(60) }
    let wire = Wire(to: address)
    wire.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(answerer.asked.take() == ["hold"])
    let stopper = try WorkerThread(name: "stopper") { server.stop() }
    for answer in answerer.held.withLock({ $0 }) { answer(HTTPResponse(.ok, text: "held")) }
    #expect(try #require(wire.readToEnd()).contains("held"))
    wire.finish()
    stopper.join()
  }

  @Test(arguments: ["127.0.0.1:8080", "[::1]:0", "localhost:1"])
  func `an address is an address and a port`(text: String) throws {
    #expect(try #require(SocketAddress(text)).isLoopback)
  }

  @Test(arguments: ["127.0.0.1", "example.org:80", ":80", "1.2.3.4:65536", "1.2.3.4:x", "[::1]", ""])
  func `what is none is none`(text: String) { #expect(SocketAddress(text) == nil) }
}
