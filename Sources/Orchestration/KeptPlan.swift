import Basics
import Glibc
import Lineage
import MeshModel
import Planning
import Records
import Threads

/// A backfill's plan that was shown and kept under an id, `bp-19`: what was asked, what it would make, and
/// what it was made from. It is done as it was shown, or not at all.
public struct KeptPlan: Sendable {
  /// The number of its id.
  public let number: Int
  public let madeAt: Instant
  /// What was asked.
  public let asked: ControlBackfill
  /// How many good partitions it replaces.
  public let replacements: Int
  private let shown: ShownPlan

  public var id: String { "bp-\(number)" }

  /// How the same request, planned now, differs from what was kept; none: it does not.
  public func differences(from plan: BackfillPlan, of project: CheckedProject) -> [String] {
    shown.differences(from: ShownPlan(plan, in: project.graph, files: Self.files(of: project)))
  }

  private static func files(of project: CheckedProject) -> String {
    ReleaseFolder.digest(of: project.root, declared: project.digest)
  }
}

extension KeptPlan {
  private static let longest = 64 << 20
  private static let drafts = Guarded(0)

  private static func folder(_ state: StateDirectory) -> String { "\(state.root)/plans" }

  private static func path(_ number: Int, _ state: StateDirectory) -> String {
    "\(folder(state))/bp-\(number).json"
  }

  /// The numbers of the plans that are kept, ascending.
  private static func numbers(_ state: StateDirectory) -> [Int] {
    FileTree.entries(of: folder(state)).compactMap { name in
      name.hasPrefix("bp-") && name.hasSuffix(".json") ? Int(name.dropFirst(3).dropLast(5)) : nil
    }.sorted()
  }

  /// Keeps a plan, durably, under the next id. Those that are older than the mesh keeps runs go.
  public static func keep(
    _ plan: BackfillPlan, asked: ControlBackfill, of project: CheckedProject, in state: StateDirectory,
    at now: Instant
  ) throws(SessionError) -> KeptPlan {
    expire(in: state, keeping: project.mesh.retention.runs, at: now)
    do throws(FileTreeError) {
      try FileTree.makeFolder(folder(state))
      // Several may keep plans in one process, for people on other machines.
      let draft = "\(folder(state))/\(getpid())-\(drafts.withLock { $0 += 1; return $0 })"
      defer { unlink(draft) }
      var number = numbers(state).last ?? 0
      while true {
        number += 1
        let kept = KeptPlan(
          number: number, madeAt: now, asked: asked, replacements: plan.replacements,
          shown: ShownPlan(plan, in: project.graph, files: files(of: project)))
        try FileTree.write(kept.json, to: draft)
        // Another one may keep a plan in the same moment.
        if link(draft, path(number, state)) == 0 {
          try FileTree.sync(path(number, state))
          return kept
        }
        guard errno == EEXIST else { throw FileTreeError(path(number, state), "cannot be made") }
      }
    } catch {
      throw SessionError(.environment, "the plan cannot be kept: \(error)")
    }
  }

  /// The last one stays whatever its age: no number is given out twice.
  private static func expire(in state: StateDirectory, keeping span: Duration?, at now: Instant) {
    guard let span else { return }
    for number in numbers(state).dropLast() {
      guard let kept = try? KeptPlan(number, in: state), now - kept.madeAt > span else { continue }
      unlink(path(number, state))
    }
  }

  /// A plan that was kept, by its id.
  public init(id: String, in state: StateDirectory) throws(SessionError) {
    guard id.hasPrefix("bp-"), let number = Int(id.dropFirst(3)), number > 0 else {
      throw SessionError(.invalid, "'\(id)' is no plan", help: "'--plan' prints its id, such as bp-19")
    }
    try self.init(number, in: state)
  }

  private init(_ number: Int, in state: StateDirectory) throws(SessionError) {
    let path = Self.path(number, state)
    guard FileTree.isFile(path) else {
      throw SessionError(
        .notFound, "there is no plan bp-\(number)", help: "plans go when runs of their age do")
    }
    do {
      let json = try JSONValue(parsing: try FileTree.contents(of: path, most: Self.longest))
      guard let moment = json["made_at"]?.integer, let words = json["asked"]?.string,
        case .backfill(let asked) = try ControlCoding.request(from: words.utf8),
        let files = json["files"]?.string, let outcome = json["outcome"]?.string,
        let replacements = json["replacements"]?.integer, let items = json["items"]?.array
      else { throw SessionError(.environment, "'\(path)' is not as it was written") }
      self.number = number
      madeAt = Instant(milliseconds: moment)
      self.asked = asked
      self.replacements = Int(clamping: replacements)
      shown = ShownPlan(files: files, items: items.compactMap(\.string), outcome: outcome)
    } catch let error as SessionError {
      throw error
    } catch {
      throw SessionError(.environment, "plan bp-\(number) cannot be read: \(error)")
    }
  }

  private var json: [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.number("made_at", madeAt.milliseconds)
      writer.text("asked", String(decoding: ControlCoding.encode(.backfill(asked)), as: UTF8.self))
      writer.text("files", shown.files)
      writer.text("outcome", shown.outcome)
      writer.number("replacements", replacements)
      writer.key("items")
      writer.array { writer in for item in shown.items { writer.string(item) } }
    }
    return writer.bytes
  }
}
