import Basics
import CSystem
import Glibc

/// Where the keepers of a state are found: `keepers/<name>.sock`, and beside it `<name>.journal`.
struct KeeperFolder: Sendable {
  static let socketEnding = ".sock"
  static let journalEnding = ".journal"
  private static let longestName = 32
  private static let longestJournal = 256 << 20

  /// Absolute.
  let path: String

  static func isName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= longestName
      && name.utf8.allSatisfy { ("a"..."z").contains(Character(.init($0))) || (0x30...0x39).contains($0) }
  }

  /// The names of all keepers that are or were here, sorted.
  var names: [String] {
    guard let files = Shortage.outlast({ FolderEntries(path) }) else { return [] }
    var names: Set<String> = []
    for file in files {
      for ending in [Self.socketEnding, Self.journalEnding] where file.hasSuffix(ending) {
        let name = String(file.dropLast(ending.count))
        if Self.isName(name) { names.insert(name) }
      }
    }
    return names.sorted()
  }

  /// A connection to a keeper; nil with `errno` set when it is not there.
  func connect(to name: String) -> FileDescriptor? {
    // The path of a socket has room for 107 bytes, and a project may lie deeper than that.
    guard let folder = Shortage.outlast({ FileDescriptor(path: path, flags: O_RDONLY | O_DIRECTORY) }) else {
      return nil
    }
    let short = "/proc/self/fd/\(folder.number)/\(name)\(Self.socketEnding)"
    guard let connection = Shortage.outlast({ FileDescriptor(owning: heddle_local_connect(short)) }) else {
      return nil
    }
    guard connection.leadsToFriend else {
      errno = EPERM
      return nil
    }
    return connection
  }

  /// What a keeper that is gone wrote down; nil when there is nothing that can be read.
  func journal(of name: String) -> KeeperJournal? {
    Shortage.outlast {
      FileDescriptor.contents(of: "\(path)/\(name)\(Self.journalEnding)", most: Self.longestJournal)
    }.flatMap { KeeperJournal(parsing: $0) }
  }

  /// Removes what a keeper that is gone left behind.
  func remove(_ name: String) {
    for ending in [Self.socketEnding, Self.journalEnding, Self.journalEnding + ".new"] {
      unlink("\(path)/\(name)\(ending)")
    }
  }

  /// Starts a keeper of this name and waits until it can be connected to.
  func start(_ name: String, program: String) throws(AttemptFailure) {
    try LogFiles.makeFolder(path)
    let log = path + "/log"
    guard FileDescriptor(path: log, flags: O_WRONLY | O_CREAT | O_NOFOLLOW, mode: 0o600) != nil else {
      throw AttemptFailure("keeper", "\(log) cannot be made", errno: errno)
    }
    var pid: pid_t = 0
    let code = CTexts(["heddle", Keeper.word, path, name]).withPointers { arguments in
      // Nothing of ours is handed on: it outlives us.
      CTexts(["SWIFT_BACKTRACE=enable=no"]).withPointers { environment in
        heddle_spawn(&pid, program, arguments, environment, "/", nil, log, nil)
      }
    }
    guard code == 0 else {
      throw AttemptFailure("keeper", "the keeper of processes cannot be started: \(program)", errno: code)
    }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    guard status == 0 else {
      var failure = AttemptFailure(
        "keeper", "the keeper of processes cannot be started; \(log) says why", asksRetry: true)
      failure.isOfShortage = heddle_exited(status) != 0 && heddle_exit_status(status) == Keeper.endOfShortage
      throw failure
    }
  }
}

extension FileDescriptor {
  /// The other end of this local socket belongs to our user, or to root.
  var leadsToFriend: Bool {
    var user = uid_t.max
    return heddle_peer_user(number, &user) == 0 && (user == geteuid() || user == 0)
  }
}
