import Basics
import MeshModel
import Planning
import Testing

@testable import Orchestration

@Suite struct ControlCodingTests {
  static let pipeline = PipelineName(domain: "a", name: "b")

  static var fullBackfill: ControlBackfill {
    var backfill = ControlBackfill(
      selector: "a/* +b", mode: .missingAndFailed, words: "backfill 'a/*'", plan: "abc")
    backfill.from = "2013-01-01"
    backfill.to = "2013-01-31"
    backfill.upstream = true
    backfill.downstream = true
    backfill.exclude = "x"
    backfill.external = true
    backfill.maxActive = 3
    backfill.params = ["n": "1"]
    return backfill
  }

  static let requests: [ControlRequest] = [
    .hello, .deploy,
    .run(pipeline: pipeline, task: nil, partition: nil, params: [:]),
    .run(pipeline: pipeline, task: "t", partition: "2013-W05", params: ["x": "a\nb\"<\u{0}", "y": ""]),
    .backfill(ControlBackfill(selector: "a", mode: .all, words: "", plan: "")),
    .backfill(fullBackfill),
    .cancel(.run(412)), .cancel(.backfill(12)), .pause(.pipeline(pipeline)), .resume(.backfill(.max)),
    .mark(dataset: DatasetName(domain: "a", name: "d"), partition: nil, as: .present),
    .mark(dataset: DatasetName(domain: "a", name: "d"), partition: "2013", as: .missing),
    .markInstance(run: 1, task: "t", index: 3, as: .skipped),
    .accept(AcceptWish(what: "a.d@2013")),
    .accept(AcceptWish(what: "domain:a", range: .init(from: "2013", to: "2014"))),
    .approve(run: 4, task: "t", index: 0, isApproved: true, note: nil),
    .acknowledge(alerts: [3, 7], note: "seen"), .acknowledge(alerts: [3], note: nil),
    .silence(selector: "d/*", span: .seconds(7200), reason: nil),
    .silence(selector: "+d.x", span: .seconds(1), reason: "it moves"), .unsilence(4),
    .approve(run: 4, task: "t", index: 9, isApproved: false, note: "no\n\u{1b}"),
    .retry(RetryWish(runs: [1])), .retry(RetryWish(runs: [2, 5], scope: .all, files: .kept)),
    .retry(RetryWish(runs: [3], scope: .from(task: "t"))),
  ]

  static let replies: [ControlReply] = [
    .hello(version: "0.1.0", pid: 1, startedAt: Instant(milliseconds: 0), isDaemon: false, workers: 0),
    .hello(version: "é", pid: .max, startedAt: Instant(milliseconds: .max), isDaemon: true, workers: 48),
    .accepted(runs: [], backfill: 4), .accepted(runs: [1, .max], backfill: nil),
    .released(7, isNew: true), .released(.max, isNew: false), .done("line\nline"),
    .refused(kind: .notFound, message: "no", help: nil), .refused(kind: .invalid, message: "", help: "x"),
    .refused(kind: .brokenDeclarations, message: "b", help: nil),
    .refused(kind: .conflict, message: "c", help: nil),
    .refused(kind: .denied, message: "d", help: "h"),
    .refused(kind: .environment, message: "e", help: nil),
  ]

  @Test(arguments: requests) func `a request reads back as it was`(request: ControlRequest) throws {
    let line = ControlCoding.encode(request)
    #expect(!line.contains(UInt8(ascii: "\n")))
    #expect(try ControlCoding.request(from: line) == request)
  }

  @Test(arguments: replies) func `a reply reads back as it was`(reply: ControlReply) throws {
    let line = ControlCoding.encode(reply)
    #expect(!line.contains(UInt8(ascii: "\n")))
    #expect(try ControlCoding.reply(from: line) == reply)
  }

  @Test(arguments: [
    "", " ", "hello", "[]", "{}", "null", "{\"heddle\":1}", "{\"ask\":\"hello\"}",
    "{\"heddle\":2,\"ask\":\"hello\"}", "{\"heddle\":\"1\",\"ask\":\"hello\"}",
    "{\"heddle\":1,\"ask\":\"fly\"}", "{\"heddle\":1,\"ask\":\"hello\",\"dry\":true}",
    "{\"heddle\":1,\"ask\":\"hello\",\"ask\":\"hello\"}", "{\"heddle\":1,\"ask\":\"run\"}",
    "{\"heddle\":1,\"ask\":\"run\",\"pipeline\":\"a\"}",
    "{\"heddle\":1,\"ask\":\"run\",\"pipeline\":\"a/b\",\"task\":\"../x\"}",
    "{\"heddle\":1,\"ask\":\"run\",\"pipeline\":\"a/b\",\"params\":{\"x\":1}}",
    "{\"heddle\":1,\"ask\":\"run\",\"pipeline\":\"a/b\",\"params\":{\"x\":\"1\",\"x\":\"2\"}}",
    "{\"heddle\":1,\"ask\":\"cancel\"}", "{\"heddle\":1,\"ask\":\"cancel\",\"run\":0}",
    "{\"heddle\":1,\"ask\":\"cancel\",\"run\":-1}", "{\"heddle\":1,\"ask\":\"cancel\",\"run\":1.5}",
    "{\"heddle\":1,\"ask\":\"cancel\",\"run\":99999999999999999999}",
    "{\"heddle\":1,\"ask\":\"cancel\",\"run\":1,\"backfill\":1}",
    "{\"heddle\":1,\"ask\":\"mark\",\"dataset\":\"a.b\",\"as\":\"gone\"}",
    "{\"heddle\":1,\"ask\":\"mark_instance\",\"run\":1,\"task\":\"t\",\"as\":\"success\"}",
    #"{"heddle":1,"ask":"backfill","selector":"a","mode":"all","words":"","plan":"","to":"1"}"#,
    "{\"heddle\":1,\"ask\":{\"a\":[[[[[[]]]]]]}}",
  ]) func `what is no request is refused`(line: String) {
    #expect(throws: ControlCoding.Failure.self) { try ControlCoding.request(from: line.utf8) }
  }

  @Test func `a newer reply is understood, a newer request is not`() throws {
    let reply = "{\"tell\":\"done\",\"text\":\"x\",\"more\":{\"a\":1}}"
    #expect(try ControlCoding.reply(from: reply.utf8) == .done("x"))
    let kind = "{\"tell\":\"refused\",\"kind\":\"tired\",\"message\":\"x\"}"
    #expect(
      try ControlCoding.reply(from: kind.utf8) == .refused(kind: .environment, message: "x", help: nil))
  }

  @Test func `no bytes make the reading trap`() {
    var chance = SeededGenerator(seed: 3)
    let lines = Self.requests.map(ControlCoding.encode) + Self.replies.map(ControlCoding.encode)
    for _ in 0..<20_000 {
      var line = lines[Int(chance.next() % UInt64(lines.count))]
      for _ in 0...(chance.next() % 4) {
        let place = Int(chance.next() % UInt64(line.count))
        switch chance.next() % 3 {
        case 0: line[place] = UInt8(truncatingIfNeeded: chance.next())
        case 1: line.remove(at: place)
        default: line.insert(contentsOf: line[place...].prefix(9), at: place)
        }
        if line.isEmpty { line = [0] }
      }
      if let request = try? ControlCoding.request(from: line) {
        #expect((try? ControlCoding.request(from: ControlCoding.encode(request))) == request)
      }
      if let reply = try? ControlCoding.reply(from: line) {
        #expect((try? ControlCoding.reply(from: ControlCoding.encode(reply))) == reply)
      }
    }
  }
}
