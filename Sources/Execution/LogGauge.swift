import Glibc

/// Looks now and then how long the log of a running process is, and has the process ended when that is too
/// long.
///
/// The process writes to the file itself, and a limit of the kernel's would hit its other files as well. So
/// it is noticed late, and what is too much is cut off afterwards.
struct LogGauge {
  /// How long a log may get, in bytes.
  static let longest = 1 << 30
  private static let interval: UInt64 = 1_000_000_000
  private static let grace: UInt64 = 5_000_000_000

  let path: String
  let longest: Int
  /// When to look next, in nanoseconds of the monotonic clock.
  private(set) var next: UInt64 = 0

  init(path: String, longest: Int) {
    self.path = path
    self.longest = longest
  }

  /// Asks the attempt to end if it is time to look and the log is too long; at once if it is far too long.
  mutating func look(_ control: AttemptControl, at now: UInt64) {
    guard now >= next else { return }
    let length = Self.length(of: path)
    next = now + (length > longest ? Self.interval / 10 : Self.interval)
    guard length > longest else { return }
    control.stop(cause: .logTooLong, killAt: length / 2 > longest ? now : now + Self.grace)
  }

  /// Cuts off what is too much, and says so in the log.
  func cut() {
    let length = Self.length(of: path)
    guard length > longest, truncate(path, off_t(longest)) == 0 else { return }
    LogFiles.append("\nheddle: the log is cut here, it had \(length) bytes and may have \(longest)", to: path)
  }

  private static func length(of path: String) -> Int {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return 0 }
    return Int(status.st_size)
  }
}
