import Basics
import Lineage
import MeshModel
import Timetables

/// What an operator declares of a partition of a dataset.
public enum DatasetMark: String, Sendable {
  /// It counts as never made.
  case missing
  /// It is good as it is.
  case present

  var reason: Reason {
    Reason("marked", self == .missing ? "marked missing by hand" : "marked good by hand")
  }

  /// The partition that is meant, checked against the declarations.
  static func partition(
    of dataset: DatasetName, _ key: String?, in project: CheckedProject
  ) throws(SessionError) -> PartitionInterval? {
    guard let known = project.graph.datasets[dataset] else {
      throw SessionError(
        .notFound, "there is no dataset '\(dataset)'", help: "'heddle graph' shows what there is")
    }
    guard let writer = known.writer else {
      throw SessionError(
        .invalid, "'\(dataset)' comes from outside, so Heddle keeps no partitions of it",
        help: "mark a dataset that a task writes")
    }
    return try partition(
      key, of: project.graph.pipelines[project.graph.nodes[writer].pipeline], dataset)
  }

  private static func partition(
    _ key: String?, of pipeline: Pipeline, _ dataset: DatasetName
  ) throws(SessionError) -> PartitionInterval? {
    guard let calendar = try PartitionCalendar.known(for: pipeline) else {
      guard key == nil else {
        throw SessionError(.invalid, "'\(dataset)' has no partitions", help: "write '\(dataset)' alone")
      }
      return nil
    }
    guard let key else {
      throw SessionError(
        .invalid, "'\(dataset)' has partitions, and none is named", help: "write '\(dataset)@KEY'")
    }
    do { return try calendar.partition(key: key) } catch {
      throw SessionError(.invalid, error.message, help: error.help)
    }
  }
}
