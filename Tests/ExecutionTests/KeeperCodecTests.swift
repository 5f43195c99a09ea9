import Basics
import Execution
import MeshModel
import TestKit
import Testing

/// What may come through the socket or stand in the journal.
struct KeeperCodecTests {
  static let process = KeptProcess(
    key: AttemptKey("s-1-0-0-1"), pid: 4711, startTime: 99, log: "/state/spool/a-1")
  static let record = ExitRecord(
    process: process, manner: .signalled(9), cause: 1, wasKilled: true, processorMilliseconds: 12,
    peakMemory: 1 << 33, endedAt: 1_700_000_000_000)

  static let requests: [KeeperRequest] = [
    .hello(version: 1), .ask(AttemptKey("s-1-0-0-1")), .acknowledge([]),
    .acknowledge([AttemptKey("s-1-0-0-1"), AttemptKey("ü")]),
    .signal(AttemptKey("s-1-0-0-1"), number: 15, cause: 2), .release(AttemptKey("s-1-0-0-1")), .leave,
    .spawn(
      SpawnOrder(
        key: AttemptKey("s-1-0-0-1"), program: "/bin/sh", directory: "/", arguments: CTexts(["sh", "", "ü"]),
        environment: CTexts([]), log: "/l", output: nil)),
    .spawn(
      SpawnOrder(
        key: AttemptKey("s-1-0-0-1"), program: "/bin/sh", directory: "/", arguments: CTexts(["sh"]),
        environment: CTexts(["A=1", "B="]), log: "/l", output: "/o")),
  ]

  static let answers: [KeeperAnswer] = [
    .hello(version: 7, pid: 2), .unknown(AttemptKey("k")), .running(process), .over(process),
    .ended(record), .refused(AttemptKey("k"), code: 2),
    .ended(
      ExitRecord(
        process: process, manner: .exited(3), cause: 0, wasKilled: false, processorMilliseconds: 0,
        peakMemory: nil, endedAt: 0)),
  ]

  @Test(arguments: requests)
  func `a request is read as it was written, and not when it is cut`(request: KeeperRequest) {
    let bytes = request.encoded
    #expect(KeeperRequest(decoding: bytes[...]) == request)
    for count in bytes.indices { #expect(KeeperRequest(decoding: bytes[..<count]) == nil) }
  }

  @Test(arguments: answers)
  func `an answer is read as it was written, and not when it is cut`(answer: KeeperAnswer) {
    let bytes = answer.encoded
    #expect(KeeperAnswer(decoding: bytes[...]) == answer)
    for count in bytes.indices { #expect(KeeperAnswer(decoding: bytes[..<count]) == nil) }
  }

  @Test func `fields that a later version adds are left alone`() {
    for request in Self.requests {
      #expect(KeeperRequest(decoding: (request.encoded + [1, 2, 3])[...]) == request)
    }
    for answer in Self.answers { #expect(KeeperAnswer(decoding: (answer.encoded + [0])[...]) == answer) }
  }

  @Test(arguments: [
    KeeperRequest.ask(AttemptKey("")), .ask(AttemptKey("a\0b")),
    .ask(AttemptKey(String(repeating: "k", count: 201))), .signal(AttemptKey("k"), number: 0, cause: 0),
    .signal(AttemptKey("k"), number: 65, cause: 0), .signal(AttemptKey("k"), number: -9, cause: 0),
    .spawn(
      SpawnOrder(
        key: AttemptKey("k"), program: "a\0b", directory: "/", arguments: CTexts(["a"]),
        environment: CTexts([]), log: "", output: nil)),
    .spawn(
      SpawnOrder(
        key: AttemptKey("k"), program: "a", directory: "/", arguments: CTexts([]), environment: CTexts([]),
        log: "", output: nil)),
  ])
  func `what no owner asks is no request`(request: KeeperRequest) {
    #expect(KeeperRequest(decoding: request.encoded[...]) == nil)
  }

  @Test(arguments: [-1, 0, 1] as [Int32])
  func `a number that would mean a group, everybody or init is no process`(pid: Int32) {
    let answer = KeeperAnswer.running(KeptProcess(key: AttemptKey("k"), pid: pid, startTime: 1, log: ""))
    #expect(KeeperAnswer(decoding: answer.encoded[...]) == nil)
  }

  @Test func `garbage is read as nothing and never traps`() {
    var random = SeededGenerator(seed: 42)
    let whole = Self.requests.map(\.encoded) + Self.answers.map(\.encoded)
    for round in 0..<20_000 {
      var bytes = whole[round % whole.count]
      for _ in 0...Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
        bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      _ = KeeperRequest(decoding: bytes[...])
      _ = KeeperAnswer(decoding: bytes[...])
      _ = KeeperJournal(parsing: bytes)
    }
  }

  @Test func `messages come out of the buffer however the socket cuts them`() {
    let messages = Self.requests.map(\.encoded)
    var stream: [UInt8] = []
    for message in messages {
      stream += [UInt8(message.count & 255), UInt8(message.count >> 8), 0, 0]
      stream += message
    }
    for size in [1, 2, 3, 7, 64, stream.count] {
      var buffer = WireBuffer()
      var found: [[UInt8]] = []
      var rest = stream[...]
      while !rest.isEmpty {
        buffer.append(rest.prefix(size))
        rest = rest.dropFirst(size)
        while case .message(let message) = buffer.next() { found.append(Array(message)) }
      }
      #expect(found == messages)
      #expect(buffer.next() == .incomplete)
    }
  }

  @Test func `a frame that is too long is told at once`() {
    var buffer = WireBuffer()
    buffer.append([0, 0, 0, 0])
    buffer.append([1, 0, 0x80, 0])
    #expect(buffer.next() == .message([]))
    #expect(buffer.next() == .oversized)
  }

  static var journal: [UInt8] {
    let entries: [KeeperJournal.Entry] = [.begun(boot: "b"), .running(process), .ended(record)]
    return entries.flatMap(\.encoded)
  }

  @Test func `a journal is read up to where it was torn`() throws {
    let journal = Self.journal
    let begun = KeeperJournal.Entry.begun(boot: "b").encoded.count
    let running = begun + KeeperJournal.Entry.running(Self.process).encoded.count
    for count in 0...journal.count {
      let read = KeeperJournal(parsing: Array(journal[..<count]))
      #expect((read == nil) == (count < begun))
      #expect(read?.running.isEmpty ?? true == (count < running || count == journal.count))
      #expect(read?.ended.isEmpty ?? true == (count < journal.count))
    }
    #expect(KeeperJournal(parsing: journal)?.ended.values.first == Self.record)
  }

  @Test func `a journal whose bytes have changed is read up to there`() throws {
    let journal = Self.journal
    for index in journal.indices {
      var bytes = journal
      bytes[index] ^= 0x10
      #expect(KeeperJournal(parsing: bytes)?.ended.isEmpty ?? true)
    }
  }
}
