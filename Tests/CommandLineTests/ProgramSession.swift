import Basics
import TestKit

@testable import CommandLine

/// One call of the program in a world of its own.
struct ProgramSession {
  /// What came of a call.
  struct Answer {
    var code: ExitCode
    var out: String
    var err: String
  }

  var directory = "/nowhere"
  var environment: [String: String] = [:]
  var clock: any Clock = ManualClock()
  /// What standard input holds.
  var input = ""
  /// Nil: pipes.
  var columns: Int?
  var inputIsTerminal = false
  var interrupts: any InterruptSource = NoInterrupts()
  /// Told whenever something is written to standard output.
  var onOutput: () -> Void = {}

  func heddle(_ words: String...) -> Answer { heddle(words) }

  func heddle(_ words: [String]) -> Answer {
    let out = Captured()
    let err = Captured()
    let source = Source(bytes: Array(input.utf8))
    let context = Context(
      out: output(to: out, told: onOutput), err: output(to: err),
      input: Input(
        isTerminal: inputIsTerminal, read: { (most) throws(Input.InputError) in source.take(most) }),
      environment: environment, directory: directory, clock: clock, interrupts: interrupts)
    let code = Program.run(words, in: context)
    return Answer(code: code, out: out.text, err: err.text)
  }

  func output(to captured: Captured, told: @escaping () -> Void = {}) -> Output {
    let columns = columns
    return Output(
      measure: { columns.map(Output.Terminal.init) },
      sink: { bytes in
        captured.bytes += bytes
        told()
        return 0
      })
  }

  final class Captured {
    var bytes: [UInt8] = []
    var text: String { String(decoding: bytes, as: UTF8.self) }
  }

  private final class Source {
    var bytes: [UInt8]
    init(bytes: [UInt8]) { self.bytes = bytes }
    func take(_ most: Int) -> [UInt8] {
      defer { bytes.removeFirst(min(most, bytes.count)) }
      return Array(bytes.prefix(most))
    }
  }
}

/// Nobody presses anything.
struct NoInterrupts: InterruptSource {
  func watch(_ told: @escaping @Sendable (Int) -> Void) {}
}
