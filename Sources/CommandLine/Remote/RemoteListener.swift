import Basics
import Glibc
import HTTPServer
import Records
import StatusPage

/// Whoever hears on another machine what a command says, as it says it. Used by the command's thread alone.
final class RemoteListener {
  /// Who hears nothing for so long might take the connection for a dead one, as proxies do.
  private static let silence: UInt64 = 15_000_000_000
  /// How often the token is looked at.
  private static let vigilance: UInt64 = 1_000_000_000
  /// So much is told at once.
  private static let piece = 1 << 16

  private let stream: EventStream
  private let caller: RemoteCaller
  private var toldAt: UInt64
  private var checkedAt: UInt64

  init(_ stream: EventStream, _ caller: RemoteCaller) {
    self.stream = stream
    self.caller = caller
    toldAt = caller.clock.monotonicNanoseconds
    checkedAt = toldAt
  }

  /// Tells something, and waits for a slow reader as a pipe does.
  ///
  /// - Returns: false: nobody listens.
  @discardableResult
  func tell(_ word: CommandWord) -> Bool {
    repeat { checkToken() } while stream.isFull && usleep(10_000) == 0
    toldAt = caller.clock.monotonicNanoseconds
    return stream.send(word.frame)
  }

  /// Tells what is followed from now on, for whoever goes away before its end.
  func follows(_ work: AcceptedWork) {
    tell(.follows(runs: work.runs, backfill: work.backfill, owner: work.owner))
  }

  /// Whether somebody still listens who may; to be asked now and then by what waits.
  func listens() -> Bool {
    checkToken()
    if caller.clock.monotonicNanoseconds &- toldAt >= Self.silence { tell(.beat) }
    return !stream.isOver
  }

  /// Whose token is revoked hears so, and no more.
  private func checkToken() {
    let now = caller.clock.monotonicNanoseconds
    guard now &- checkedAt >= Self.vigilance, !stream.isOver else { return }
    checkedAt = now
    guard !mayListen else { return }
    stream.send(CommandWord.err("error: the token is revoked or expired\n").frame)
    stream.send(CommandWord.exit(ExitCode.denied.rawValue).frame)
    stream.end()
  }

  private var mayListen: Bool {
    do {
      let reader = try StateReader(opening: caller.project.state, clock: caller.clock)
      return try caller.wish.isStillGood(reader, at: caller.clock.now)
    } catch {
      // A state that cannot be read for once has revoked nothing.
      return true
    }
  }

  /// What a command writes to.
  enum Kind { case out, err }

  func output(_ kind: Kind) -> Output {
    let columns = kind == .out ? caller.wish.columns : nil
    return Output(measure: { columns.map(Output.Terminal.init) }) { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        // Not in the middle of a character.
        var end = min(rest.startIndex + Self.piece, rest.endIndex)
        while end < rest.endIndex, end > rest.startIndex + 1, rest[end] & 0xC0 == 0x80 { end -= 1 }
        let text = String(decoding: rest[..<end], as: UTF8.self)
        guard self.tell(kind == .out ? .out(text) : .err(text)) else { return EPIPE }
        rest = rest[end...]
      }
      return 0
    }
  }
}
