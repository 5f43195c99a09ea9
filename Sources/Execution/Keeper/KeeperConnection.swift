import CSystem
import Glibc

/// An owner's end of the line, as the keeper sees it. Nothing here ever waits.
final class KeeperConnection {
  /// An owner that does not take its answers for so long has stopped to be one.
  private static let mostUnsent = 64 << 20

  let token: UInt64
  let descriptor: FileDescriptor
  private var incoming = WireBuffer()
  private var unsent: [UInt8] = []
  /// It said hello.
  var isWelcome = false
  /// It cannot be read or written any more, or does not speak our language.
  private(set) var isBroken = false
  /// The socket was full, so the poller is asked to tell when it is not.
  var awaitsRoom = false

  init(token: UInt64, descriptor: FileDescriptor) {
    self.token = token
    self.descriptor = descriptor
  }

  /// What came, as much as fits into the buffer: others shall have their turn too.
  func receive(through buffer: UnsafeMutableRawBufferPointer) -> [KeeperRequest] {
    var requests: [KeeperRequest] = []
    let got = read(descriptor.number, buffer.baseAddress, buffer.count)
    if got > 0 {
      incoming.append(buffer.prefix(got))
      take(into: &requests)
    } else if got == 0 || (errno != EAGAIN && errno != EINTR) {
      isBroken = true
    }
    return requests
  }

  private func take(into requests: inout [KeeperRequest]) {
    while true {
      switch incoming.next() {
      case .incomplete: return
      case .oversized:
        isBroken = true
        return
      case .message(let message):
        guard let request = KeeperRequest(decoding: message) else {
          isBroken = true
          return
        }
        requests.append(request)
      }
    }
  }

  func put(_ answer: KeeperAnswer) { unsent.append(contentsOf: WireFrame.around(answer.encoded)) }

  /// Sends as much as the socket takes; true: there is more.
  func flush() -> Bool {
    guard !unsent.isEmpty, !isBroken else { return false }
    var done = 0
    unsent.withUnsafeBytes { bytes in
      while done < bytes.count, let base = bytes.baseAddress {
        let put = heddle_send(descriptor.number, base + done, bytes.count - done)
        if put > 0 {
          done += put
        } else if errno != EINTR {
          if errno != EAGAIN { isBroken = true }
          break
        }
      }
    }
    if done == unsent.count {
      unsent.removeAll(keepingCapacity: done < 1 << 16)
      return false
    }
    unsent.removeFirst(done)
    if unsent.count > Self.mostUnsent { isBroken = true }
    return true
  }
}
