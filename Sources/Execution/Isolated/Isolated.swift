import Basics
import Glibc
import Planning
import Records

/// The process that carries out one attempt of an isolated task.
///
/// A hidden mode of the program: `heddle isolated ORDER OUTCOME`. It opens the domain's store itself, does
/// the whole attempt with the code that the owner would use, and leaves what came of it in a file.
public enum Isolated {
  /// The word that the program is called with to be one.
  public static let word = "isolated"
  /// Bytes that SQLite may hold for the attempt.
  static let memory = 1 << 30
  /// Bytes of one value: a stop ends the process however long a step takes.
  static let length = 256 << 20
  /// Bytes of address space: that, and the program itself.
  private static let addressSpace = memory + (1 << 30)

  /// Runs as one.
  ///
  /// - Parameter arguments: the files of the order and of the outcome.
  /// - Returns: what the process ends with; 0 says that the outcome is told.
  public static func main(_ arguments: [String]) -> Int32 {
    guard arguments.count == 2,
      let bytes = FileDescriptor.contents(of: arguments[0], most: IsolatedTask.mostBytes),
      let order = IsolatedOrder(decoding: bytes)
    else {
      LogFiles.append(
        "usage: heddle isolated ORDER OUTCOME; it is started by heddle itself", to: LogFiles.ownOutput)
      return 2
    }
    var limit = rlimit(rlim_cur: rlim_t(addressSpace), rlim_max: rlim_t(addressSpace))
    setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    let worker = TaskWorker(
      isolatedIn: StateDirectory(root: order.stateRoot), stateIdentity: order.stateIdentity,
      clock: SystemClock())
    var writer = JSONWriter()
    writer.value(
      JSONValue(worker.outcome(of: order.order, control: AttemptControl()), of: order.order.key))
    let draft = arguments[1] + ".new"
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW
    guard FileDescriptor(path: draft, flags: flags, mode: 0o600)?.write(writer.bytes) == true,
      rename(draft, arguments[1]) == 0
    else { return 3 }
    return 0
  }
}
