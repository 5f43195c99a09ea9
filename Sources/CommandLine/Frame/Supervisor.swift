import Basics
import Glibc

/// Who started this process as a service and wants to be told how it gets on: systemd, by a datagram to the
/// socket that `NOTIFY_SOCKET` names.
struct Supervisor: Sendable {
  private let path: String
  /// How often it wants to hear that all is well; nil: never.
  let watchdog: Duration?

  /// Nil: nobody wants to be told.
  init?(_ environment: [String: String]) {
    guard let path = environment["NOTIFY_SOCKET"], path.hasPrefix("/") || path.hasPrefix("@"),
      path.utf8.count <= MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1
    else { return nil }
    self.path = path
    let isMeant = environment["WATCHDOG_PID"].map { $0 == "\(getpid())" } ?? true
    let span = environment["WATCHDOG_USEC"].flatMap { Int64($0) }
    watchdog = isMeant ? span.flatMap { $0 > 1 ? .microseconds($0 / 2) : nil } : nil
  }

  /// Commands are heard.
  func ready() { tell("READY=1") }

  /// How often who waits says so.
  static let patience = Duration.seconds(10)

  /// It waits for something, and is not to be taken for stuck: to be said again within `patience`.
  func waiting(_ why: String) { tell("STATUS=\(why)\nEXTEND_TIMEOUT_USEC=60000000") }

  /// What it does, for `systemctl status`.
  func does(_ what: String) { tell("STATUS=\(what)") }

  /// The files are being read; `ready` says when that is over.
  func reloading(at clock: any Clock) {
    tell("RELOADING=1\nMONOTONIC_USEC=\(clock.monotonicNanoseconds / 1000)")
  }

  func stopping() { tell("STOPPING=1") }

  /// The loop turns.
  func alive() { tell("WATCHDOG=1") }

  /// Whoever does not listen misses it.
  private func tell(_ state: String) {
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { bytes in
      bytes.copyBytes(from: path.utf8)
      // A name in no file system begins with a zero byte.
      if path.hasPrefix("@") { bytes[0] = 0 }
    }
    let size = MemoryLayout<sockaddr_un>.offset(of: \.sun_path).map { $0 + path.utf8.count } ?? 0
    let bytes = Array(state.utf8)
    _ = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(
          descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT), $0,
          socklen_t(size))
      }
    }
  }
}
