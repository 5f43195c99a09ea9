import Basics
import CSystem
import Glibc

/// The process that looks after the processes of attempts, so that they, their logs and their exit status
/// outlive the owner that asked for them.
///
/// A hidden mode of the program: `heddle keeper FOLDER NAME`. It has one thread, no file of the owner's, a
/// session of its own, and ends when no owner is connected and nothing is left to keep.
public enum Keeper {
  /// The word that the program is called with to be one.
  public static let word = "keeper"

  /// What it exits with when the machine was short of something: "try again later".
  static let endOfShortage: Int32 = 75

  /// Whoever ends its owner, or all programs of its name, does not mean the tasks.
  static let ignoredSignals = [SIGPIPE, SIGHUP, SIGINT, SIGTERM]

  /// Runs as a keeper.
  ///
  /// Returns to whoever started it as soon as it can be connected to; a process in the background goes on.
  ///
  /// - Parameter arguments: the folder of all keepers, and this one's name.
  /// - Returns: what the process ends with.
  public static func main(_ arguments: [String]) -> Int32 {
    guard arguments.count == 2, arguments[0].hasPrefix("/"), KeeperFolder.isName(arguments[1]) else {
      return complain("usage: heddle keeper FOLDER NAME; it is started by heddle itself")
    }
    let name = arguments[1]
    guard let folder = FileDescriptor(path: arguments[0], flags: O_RDONLY | O_DIRECTORY),
      fchdir(folder.number) == 0
    else { return complain("\(arguments[0]) cannot be entered", errno) }
    for number in ignoredSignals { signal(number, SIG_IGN) }
    guard let journal = JournalFile(in: folder, name: name + KeeperFolder.journalEnding) else {
      return complain("the journal cannot be made", errno)
    }
    guard let listener = FileDescriptor(owning: heddle_local_listen(name + KeeperFolder.socketEnding)),
      let poller = FileDescriptor(owning: heddle_poller()), chdir("/") == 0, heddle_detach() == 0
    else {
      let code = errno
      unlinkat(folder.number, name + KeeperFolder.journalEnding, 0)
      unlinkat(folder.number, name + KeeperFolder.socketEnding, 0)
      return complain("the socket cannot be made", code)
    }
    heddle_name_thread("heddle-keeper")
    let loop = KeeperLoop(listener: listener, poller: poller, journal: journal, clock: SystemClock()) {
      faccessat(folder.number, name + KeeperFolder.socketEnding, F_OK, 0) == 0
    }
    loop.run()
    // First the socket: who finds it gone starts a keeper of its own.
    unlinkat(folder.number, name + KeeperFolder.socketEnding, 0)
    if loop.keepsNothing { unlinkat(folder.number, name + KeeperFolder.journalEnding, 0) }
    return 0
  }

  /// Says why it cannot be one, and ends with what tells a shortage from other reasons.
  private static func complain(_ text: String, _ code: Int32? = nil) -> Int32 {
    let reason = code.map { ": " + systemMessage($0) } ?? ""
    let line = "heddle: \(text)\(reason)\n"
    _ = line.withCString { write(2, $0, line.utf8.count) }
    return code.map(Shortage.isNamed) == true ? endOfShortage : 1
  }
}
