import Basics
import Testing
import Threads

struct MailboxTests {
  @Test func `messages of one sender arrive in their order and none is lost`() throws {
    let mailbox = Mailbox<(sender: Int, number: Int)>()
    let senders = try (0..<3).map { sender in
      try WorkerThread(name: "sender") {
        for number in 0..<1000 { mailbox.post((sender, number)) }
      }
    }
    var next = [0, 0, 0]
    while next.reduce(0, +) < 3000 {
      for message in mailbox.take() {
        #expect(message.number == next[message.sender])
        next[message.sender] += 1
      }
    }
    for sender in senders { sender.join() }
  }

  @Test func `a batch is taken whole`() {
    let mailbox = Mailbox<Int>()
    mailbox.post(contentsOf: 1...3)
    mailbox.post(4)
    #expect(mailbox.take() == [1, 2, 3, 4])
  }

  @Test func `a deadline in the past takes what is there`() {
    let mailbox = Mailbox<Int>()
    #expect(mailbox.take(until: 0).isEmpty)
    mailbox.post(7)
    #expect(mailbox.take(until: 0) == [7])
  }

  @Test func `an empty mailbox is waited for until the deadline and not longer`() {
    let clock = SystemClock()
    let mailbox = Mailbox<Int>()
    let deadline = clock.monotonicNanoseconds + 3_000_000
    #expect(mailbox.take(until: deadline).isEmpty)
    #expect(clock.monotonicNanoseconds >= deadline)
  }

  @Test func `a message wakes an owner who waits without a deadline`() throws {
    let questions = Mailbox<Int>()
    let answers = Mailbox<Int>()
    let thread = try WorkerThread(name: "answers") {
      for question in questions.take() { answers.post(question * 2) }
    }
    questions.post(21)
    #expect(answers.take() == [42])
    thread.join()
  }
}
