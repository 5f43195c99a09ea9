import Glibc
import MeshModel
import TestKit
import Testing

@testable import Execution

struct JournalFileTests {
  private func record(_ number: Int) -> ExitRecord {
    let process = KeptProcess(key: AttemptKey("s-1-0-0-\(number)"), pid: 4711, startTime: 1, log: "/l")
    return ExitRecord(
      process: process, manner: .exited(0), cause: 0, wasKilled: false, processorMilliseconds: 0,
      peakMemory: nil, endedAt: 0)
  }

  @Test func `a journal that is long is cut to what is still kept, and goes on`() throws {
    let folder = try TemporaryFolder()
    let open = try #require(FileDescriptor(path: folder.path, flags: O_RDONLY | O_DIRECTORY))
    var journal = try #require(JournalFile(in: open, name: "a.journal"))
    var number = 0
    while !journal.isLong {
      number += 1
      journal.add(.ended(record(number)))
      journal.flush()
    }
    #expect(number > 5000)
    journal.cut(to: [.ended(record(1)), .running(record(2).process)])
    #expect(!journal.isLong)
    #expect(journal.isSound)
    journal.add(.ended(record(3)))
    journal.flush()
    let bytes = try #require(FileDescriptor.contents(of: folder.file("a.journal")))
    let read = try #require(KeeperJournal(parsing: bytes))
    #expect(Set(read.ended.keys) == [record(1).process.key, record(3).process.key])
    #expect(Set(read.running.keys) == [record(2).process.key])
    #expect(read.boot == ProcessCensus.boot)
    #expect(try folder.files() == ["a.journal"])
  }

  @Test func `a journal takes no other's place`() throws {
    let folder = try TemporaryFolder()
    let open = try #require(FileDescriptor(path: folder.path, flags: O_RDONLY | O_DIRECTORY))
    #expect(JournalFile(in: open, name: "a.journal") != nil)
    #expect(JournalFile(in: open, name: "a.journal") == nil)
  }
}
