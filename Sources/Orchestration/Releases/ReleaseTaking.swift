import Basics
import Declarations
import Diagnostics
import Lineage
import MeshModel
import Planning
import Records

/// A release that new runs are made from.
public struct TakenRelease: Sendable {
  public let release: Release
  /// Its declarations: those of the project, but for what is kept of earlier releases.
  public let project: CheckedProject
  /// What the record says of it; nil: it is in the record already.
  let record: ReleaseRecord?
  /// Of the project's files.
  let digest: String

  public var id: ReleaseID { release.id }
  /// It was not there before.
  public var isNew: Bool { record != nil }
}

/// Takes a release of a project: a copy of its files, and its line in the record.
struct ReleaseTaking {
  /// How often a project is read again that somebody writes while it is copied.
  static let tries = 5

  let project: CheckedProject
  let state: StateDirectory
  let clock: any Clock

  /// The last release where nothing has changed since, else a new one. Nobody knows of that before its record
  /// is committed.
  func prepared(after last: (id: ReleaseID, digest: String)?) throws(SessionError) -> TakenRelease {
    let digest = ReleaseFolder.digest(of: project.root, declared: project.digest)
    let before = last.map { ReleaseFolder($0.id, in: state) }.flatMap { $0.exists ? $0 : nil }
    if let last, let before, last.digest == digest { return standing(last, before, digest) }
    var kept: (project: CheckedProject, versions: KeptVersions) = (project, KeptVersions())
    if let last, let before, project.diagnostics.errorCount > 0 {
      if project.misread.mesh { return standing(last, before, digest) }
      kept = KeptVersions.found(for: project, before: (last.id, before.project(of: project.root)))
    }
    let id = (last?.id ?? 0) + 1
    let folder = ReleaseFolder(id, in: state)
    for _ in 0..<Self.tries {
      try folder.take(from: project.root, keeping: kept.versions, of: before)
      guard ReleaseFolder.digest(of: project.root, declared: project.digest) == digest else { continue }
      let taken = kept.versions.isEmpty ? project : folder.project(of: project.root)
      var graph = taken.graph
      graph.columnSources = LineageBuilder.columnSources(of: graph)
      return TakenRelease(
        release: taken.release(id, runningIn: folder.path), project: taken,
        record: ReleaseRecord(id: id, digest: digest, takenAt: clock.now, graph: graph), digest: digest)
    }
    throw Self.restless
  }

  static var restless: SessionError {
    SessionError(
      .conflict, "the project's files change faster than they can be copied", help: "try again in a moment")
  }

  /// The last release as it is.
  private func standing(
    _ last: (id: ReleaseID, digest: String), _ folder: ReleaseFolder, _ digest: String
  ) -> TakenRelease {
    var project = self.project
    if last.digest != digest || folder.keepsSomething {
      project = folder.project(of: project.root)
      project.diagnostics = self.project.diagnostics
    }
    return TakenRelease(
      release: project.release(last.id, runningIn: folder.path), project: project, record: nil,
      digest: last.digest)
  }
}

extension TakenRelease {
  /// Puts it into the record, unless it is there, along with who asked for it.
  ///
  /// - Parameter before: the release that new runs were made from until now.
  func commit(
    to writer: RecordWriter, askedBy askers: [Asker] = [], after before: ReleaseID?
  ) throws(SessionError) {
    guard let record else { return }
    let lines = askers.map { asker in
      Change.audited(
        AuditRecord(
          at: record.takenAt, asker: asker, action: "deploy", subject: "release \(id)",
          before: before.map { "{\"release\":\($0)}" }, after: "{\"release\":\(id)}"))
    }
    do { try writer.commit([.releaseTaken(record)] + lines) } catch { throw SessionError(error) }
  }
}
