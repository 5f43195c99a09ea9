import Basics
import CSystem
import Glibc
import MeshModel

/// Which processes of the machine belong to attempts, read from `/proc`.
///
/// A process belongs to an attempt if it is in the session that was opened for it, or carries its key in the
/// environment it was started with. One that left the session and cleared its environment is not found.
public enum ProcessCensus {
  /// The variable that carries the key.
  static let keyVariable = "HEDDLE_ATTEMPT_KEY"

  /// The kernel's name for this boot.
  public static let boot: String = {
    let bytes = FileDescriptor.contents(of: "/proc/sys/kernel/random/boot_id", most: 64) ?? []
    return String(decoding: bytes.prefix { $0 > 0x20 }, as: UTF8.self)
  }()

  /// What tells the process from every other one; nil when there is none of that number, or only its remains.
  public static func identity(of pid: Int32) -> ProcessIdentity? {
    guard let status = ProcessStatus(of: pid), !status.isOver else { return nil }
    return ProcessIdentity(pid: pid, startTime: status.startTime, boot: boot)
  }

  /// Whether exactly this process still runs.
  public static func isAlive(_ process: ProcessIdentity) -> Bool {
    process.boot == boot && identity(of: process.pid)?.startTime == process.startTime
  }

  /// The processes that carry one of the keys.
  public static func find(keys: Set<AttemptKey>) -> [AttemptKey: [ProcessIdentity]] {
    var found: [AttemptKey: [ProcessIdentity]] = [:]
    guard !keys.isEmpty else { return found }
    for pid in processes() {
      guard let key = attemptKey(of: pid), keys.contains(key), let identity = identity(of: pid) else {
        continue
      }
      found[key, default: []].append(identity)
    }
    return found
  }

  /// Everything that belongs to an attempt: its session, whose leader is or was `leader`, and what carries
  /// its key. Both are looked at anew each time, for processes come and go.
  public static func members(leader: Int32?, key: AttemptKey?) -> [ProcessIdentity] {
    processes().compactMap { pid in
      guard let status = ProcessStatus(of: pid), !status.isOver else { return nil }
      let belongs = status.session == leader || (key != nil && attemptKey(of: pid) == key)
      return belongs ? ProcessIdentity(pid: pid, startTime: status.startTime, boot: boot) : nil
    }
  }

  /// Sends a signal to exactly this process; false when it is gone.
  @discardableResult
  public static func signal(_ number: Int32, to process: ProcessIdentity) -> Bool {
    let opened = Shortage.outlast { FileDescriptor(owning: heddle_pidfd_open(process.pid)) }
    guard let descriptor = opened, isAlive(process) else { return false }
    return heddle_pidfd_signal(descriptor.number, number) == 0
  }

  /// The process that was started for an attempt, if it still runs: it leads the session.
  static func leader(of key: AttemptKey) -> ProcessIdentity? {
    find(keys: [key])[key]?.first { ProcessStatus(of: $0.pid)?.session == $0.pid }
  }

  /// Kills an attempt that nobody looks after: the process that is known of it with its whole session, and
  /// all that carries its key.
  ///
  /// - Returns: whether anything of it was still alive, and whether all of that is gone now.
  @discardableResult
  public static func kill(_ key: AttemptKey, process: ProcessIdentity?) -> (found: Bool, gone: Bool) {
    // A session keeps the number of its leader from being used again, but once the whole session is gone
    // another one may have it: only a leader that is proven to live, or none at all, tells a session.
    let leader = process.flatMap { isAlive($0) ? $0.pid : nil }
    var found = false
    for round in 0..<sweeps {
      let members = members(leader: leader, key: key)
      if members.isEmpty { return (found, true) }
      found = true
      for member in members { signal(SIGKILL, to: member) }
      usleep(round < 10 ? 1000 : 20_000)
    }
    return (found, false)
  }

  /// Sends a signal to all of an attempt that the group of its leader does not reach; SIGKILL to all of it.
  static func signal(_ number: Int32, toOthersOf leader: Int32?, key: AttemptKey) {
    for member in members(leader: leader, key: key)
    where number == SIGKILL || leader == nil || getpgid(member.pid) != leader { signal(number, to: member) }
  }

  /// What to do about a process that is still there.
  enum Patience { case wait, kill, leave }

  /// Waits until nothing of an attempt is left whose leader is over.
  ///
  /// - Parameter patience: asked again and again as long as something is.
  /// - Returns: whether something had to be killed.
  static func awaitEnd(leader: Int32, key: AttemptKey, patience: () -> Patience) -> Bool {
    var round = 0
    while round < sweeps {
      if members(leader: leader, key: key).isEmpty { break }
      switch patience() {
      case .wait: break
      case .leave: return round > 0
      case .kill:
        signal(SIGKILL, toOthersOf: leader, key: key)
        round += 1
      }
      usleep(round < 10 ? 2000 : 20_000)
    }
    return round > 0
  }

  /// How often a killed attempt is looked for again: some two seconds, then it hangs in the kernel.
  static let sweeps = 110

  /// The number of every process but ours.
  private static func processes() -> [Int32] {
    guard let names = Shortage.outlast({ FolderEntries("/proc") }) else { return [] }
    let own = getpid()
    return names.compactMap { Int32($0) }.filter { $0 != own }
  }

  /// The key a process was started with; nil when it has none or belongs to another user.
  private static func attemptKey(of pid: Int32) -> AttemptKey? {
    let file = "/proc/\(pid)/environ"
    guard let environment = Shortage.outlast({ FileDescriptor.contents(of: file, most: 4 << 20) }) else {
      return nil
    }
    let prefix = Array((keyVariable + "=").utf8)
    for variable in environment.split(separator: 0) where variable.starts(with: prefix) {
      return AttemptKey(String(decoding: variable.dropFirst(prefix.count), as: UTF8.self))
    }
    return nil
  }
}

/// The fields of `/proc/<pid>/stat` that matter here.
struct ProcessStatus {
  let session: Int32
  /// In clock ticks since boot.
  let startTime: UInt64
  /// It has ended and only waits to be reaped.
  let isOver: Bool

  /// Nil: there is no process of that number.
  init?(of pid: Int32) {
    guard let bytes = Shortage.outlast({ Self.text(of: pid) }) else { return nil }
    self.init(parsing: bytes)
  }

  /// Nil also when it cannot be looked up now.
  init?(atOnceOf pid: Int32) {
    guard let bytes = Self.text(of: pid) else { return nil }
    self.init(parsing: bytes)
  }

  private static func text(of pid: Int32) -> [UInt8]? {
    FileDescriptor.contents(of: "/proc/\(pid)/stat", most: 4096)
  }

  /// The second field is the program's name in parentheses, which may hold spaces and parentheses itself.
  init?(parsing bytes: [UInt8]) {
    guard let nameEnd = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = bytes[(nameEnd + 1)...].split(separator: UInt8(ascii: " "))
      .map { String(decoding: $0, as: UTF8.self) }
    guard fields.count > 19, let session = Int32(fields[3]), let start = UInt64(fields[19]) else {
      return nil
    }
    self.session = session
    startTime = start
    isOver = fields[0] == "Z" || fields[0] == "X"
  }
}
