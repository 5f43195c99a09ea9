import Testing

@testable import Execution

struct NotifierTests {
  @Test func `what an alert says fits into a variable`() {
    let text = Notifier.shown("a\0b\nc" + String(repeating: "\u{1F6EB}", count: 100_000))
    #expect(text.hasPrefix("abc\u{1F6EB}") && text.utf8.count < 20_000)
  }
}
