/// A workflow of some other system: tasks, the files they read and write, and the order its authors declared.
struct Workflow {
  struct Task {
    var id: String
    var inputs: [String] = []
    var outputs: [String] = []
  }

  /// That a task comes after another.
  struct Edge: Hashable {
    var from: String
    var to: String
  }

  var name: String
  var tasks: [Task] = []
  var declared: Set<Edge> = []
}
