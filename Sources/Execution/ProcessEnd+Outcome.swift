import MeshModel
import Planning

extension ProcessEnd {
  /// What the end of its process means for an attempt.
  var outcome: AttemptOutcome {
    var outcome = AttemptOutcome(state: .success)
    outcome.exitCode = exitCode
    outcome.signal = signal
    outcome.processorMilliseconds = processorMilliseconds
    outcome.peakMemory = peakMemory
    if let stopped {
      outcome.state = stopped.attemptState
      outcome.reason = stopped.reason(killed: wasKilled)
      return outcome
    }
    switch (exitCode, signal) {
    case (0?, _): break
    case (ExitCode.retry?, _):
      outcome.state = .failed
      outcome.asksRetry = true
      outcome.reason = Reason("asks_retry", "asked to be tried again (exit \(ExitCode.retry))")
    case (ExitCode.skipped?, _):
      outcome.state = .skipped
      outcome.reason = Reason("skipped_itself", "said that there is nothing to do (exit \(ExitCode.skipped))")
    case (let code?, _):
      outcome.state = .failed
      outcome.reason = Reason("exit_code", "exited with \(code)" + ExitCode.hint(code))
    case (nil, let signal):
      outcome.state = .failed
      outcome.reason = Reason("signal", "was ended by \(signalName(signal ?? 0))")
    }
    return outcome
  }
}

/// Exit codes that mean something to Heddle.
enum ExitCode {
  static let retry = 75
  static let skipped = 99

  /// What a shell means by a code.
  static func hint(_ code: Int) -> String {
    switch code {
    case 126: " (a program in it may not be executed)"
    case 127: " (a program in it was not found)"
    case 129...192: " (a program in it was ended by \(signalName(code - 128)))"
    default: ""
    }
  }
}

/// `SIGKILL`, or `signal 40` for one without a name.
func signalName(_ number: Int) -> String {
  let names = [
    1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 5: "TRAP", 6: "ABRT", 7: "BUS", 8: "FPE", 9: "KILL", 10: "USR1",
    11: "SEGV", 12: "USR2", 13: "PIPE", 14: "ALRM", 15: "TERM", 16: "STKFLT", 24: "XCPU", 25: "XFSZ",
    31: "SYS",
  ]
  return names[number].map { "SIG" + $0 } ?? "signal \(number)"
}
