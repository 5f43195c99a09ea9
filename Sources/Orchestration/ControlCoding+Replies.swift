import Basics
import MeshModel

extension ControlCoding {
  private enum Tell: String { case hello, accepted, released, done, refused }

  /// What a refusal's kind is called.
  private static let kinds: [(kind: SessionError.Kind, word: String)] = [
    (.notFound, "not_found"), (.invalid, "invalid"), (.brokenDeclarations, "broken_declarations"),
    (.conflict, "conflict"), (.denied, "denied"), (.environment, "environment"),
  ]

  /// A reply as a line, without its end.
  public static func encode(_ reply: ControlReply) -> [UInt8] {
    line { writer in
      switch reply {
      case .hello(let version, let pid, let startedAt, let isDaemon, let workers):
        writer.text("tell", Tell.hello.rawValue)
        writer.number("protocol", Self.version)
        writer.text("version", version)
        writer.number("pid", pid)
        writer.number("started_at", startedAt.milliseconds)
        writer.flag("daemon", isDaemon)
        writer.number("workers", workers)
      case .accepted(let runs, let backfill):
        writer.text("tell", Tell.accepted.rawValue)
        if !runs.isEmpty {
          writer.key("runs")
          writer.array { writer in for run in runs { writer.integer(run) } }
        }
        writer.number("backfill", backfill)
      case .released(let release, let isNew):
        writer.text("tell", Tell.released.rawValue)
        writer.number("release", release)
        writer.flag("new", isNew)
      case .done(let text):
        writer.text("tell", Tell.done.rawValue)
        writer.text("text", text)
      case .refused(let kind, let message, let help):
        writer.text("tell", Tell.refused.rawValue)
        writer.text("kind", kinds.first { $0.kind == kind }?.word ?? "environment")
        writer.text("message", message)
        writer.text("help", help)
      }
    }
  }

  /// Reads a reply from a line without its end. Whatever the bytes are, it returns or throws.
  public static func reply(from line: some Collection<UInt8>) throws(Failure) -> ControlReply {
    var members = try members(line)
    switch try members.word("tell", Tell.self) {
    case .hello:
      guard let pid = Int32(exactly: try members.number("pid", from: 1)) else {
        throw ControlMembers.wrong("pid")
      }
      return .hello(
        version: try members.text("version"), pid: pid,
        startedAt: Instant(milliseconds: try members.number("started_at", from: 0)),
        isDaemon: try members.flag("daemon"),
        workers: Int(clamping: try members.optionalNumber("workers", from: 0) ?? 0))
    case .accepted:
      return .accepted(
        runs: try members.numbers("runs"), backfill: try members.optionalNumber("backfill", from: 1))
    case .released:
      return .released(try members.number("release", from: 1), isNew: try members.flag("new"))
    case .done: return .done(try members.text("text"))
    case .refused:
      let word = try members.text("kind")
      return .refused(
        kind: kinds.first { $0.word == word }?.kind ?? .environment, message: try members.text("message"),
        help: try members.optionalText("help"))
    }
  }
}
