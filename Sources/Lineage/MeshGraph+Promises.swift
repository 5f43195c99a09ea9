import Basics
import MeshModel

extension MeshGraph {
  /// How old what others read may become at most: the strictest `freshness` with which a task reads it. Of a
  /// dataset that nobody of the mesh writes nothing is promised.
  ///
  /// - Parameter broken: pipelines that do not run, so that nothing is promised to them.
  public func promises(leavingOut broken: (Int) -> Bool) -> [DatasetName: Duration] {
    var promises: [DatasetName: Duration] = [:]
    for node in nodes where !broken(node.pipeline) {
      for read in node.reads {
        guard let span = read.terms.freshness, datasets[read.dataset]?.writer != nil else { continue }
        promises[read.dataset] = min(span, promises[read.dataset] ?? span)
      }
    }
    return promises
  }
}
