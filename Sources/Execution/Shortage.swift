import Glibc
import Threads

/// The machine has no more descriptors, processes, memory or room to give for the moment.
enum Shortage {
  private static let pause: UInt32 = 100_000
  /// A minute of pauses.
  private static let mostTries = 600
  /// What the opening of a store takes, and one more.
  private static let fewDescriptors = 4

  /// Whether the kernel's code speaks of one: of descriptors, of memory, of processes, or of room on a disk.
  static func isNamed(by code: Int32) -> Bool {
    [EMFILE, ENFILE, ENOMEM, EAGAIN, ENOSPC, EDQUOT].contains(code)
  }

  /// There are fewer descriptors than what needs several of them takes.
  static var isOfDescriptors: Bool {
    let taken = (0..<fewDescriptors).map { _ in dup(STDERR_FILENO) }
    defer { for number in taken where number >= 0 { close(number) } }
    return taken.contains { $0 < 0 } && (errno == EMFILE || errno == ENFILE)
  }

  /// Looks something up until the machine can: what cannot be looked up now must not be taken for gone. Nil,
  /// with `errno`, for every other reason.
  static func outlast<Result>(_ look: () -> Result?) -> Result? {
    while true {
      errno = 0
      if let result = look() { return result }
      guard errno == EMFILE || errno == ENFILE || errno == ENOMEM else { return nil }
      usleep(pause)
    }
  }

  /// A thread, waited for for a minute.
  static func thread(named name: String, _ body: @escaping @Sendable () -> Void) -> WorkerThread? {
    for _ in 0..<mostTries {
      if let thread = try? WorkerThread(name: name, body: body) { return thread }
      usleep(pause)
    }
    return nil
  }

  /// Begins something, for a minute again and again where only a shortage is in the way, unless the attempt
  /// is to end.
  static func outlast<Result>(
    _ control: AttemptControl, _ begin: () throws(AttemptFailure) -> Result
  ) throws(AttemptFailure) -> Result {
    var tries = 0
    while true {
      do { return try begin() } catch {
        tries += 1
        guard error.isOfShortage, tries < mostTries, !control.isOver else { throw error }
        usleep(pause)
      }
    }
  }
}
