import Basics
import Lineage
import MeshModel
import Planning
import Records

/// Takes a release of a project: a copy of its files, and its line in the record.
struct ReleaseTaking {
  /// How often a project is read again that somebody writes while it is copied.
  private static let tries = 5

  let project: CheckedProject
  let state: StateDirectory
  let clock: any Clock

  /// The last release where nothing has changed since, else a new one.
  func take(
    after last: (id: ReleaseID, digest: String)?, writer: RecordWriter
  ) throws(SessionError) -> Release {
    let digest = ReleaseFolder.digest(of: project.root, declared: project.digest)
    if let last, last.digest == digest, ReleaseFolder(last.id, in: state).exists {
      return release(last.id, project)
    }
    let id = (last?.id ?? 0) + 1
    let folder = ReleaseFolder(id, in: state)
    for _ in 0..<Self.tries {
      try folder.take(from: project.root)
      guard ReleaseFolder.digest(of: project.root, declared: project.digest) == digest else { continue }
      var graph = project.graph
      graph.columnSources = LineageBuilder.columnSources(of: graph)
      let record = ReleaseRecord(id: id, digest: digest, takenAt: clock.now, graph: graph)
      do { try writer.commit([.releaseTaken(record)]) } catch { throw SessionError(error) }
      return release(id, project)
    }
    throw SessionError(
      .conflict, "the project's files change faster than they can be copied", help: "try again in a moment")
  }

  private func release(_ id: ReleaseID, _ project: CheckedProject) -> Release {
    project.release(id, root: project.root, runningIn: ReleaseFolder(id, in: state).path)
  }
}
