import Diagnostics
import Lineage
import MeshModel
import TestKit
import Testing

struct LargeMeshTests {
  enum Shape: CaseIterable { case chain, wide, layered }

  /// As many shell tasks in one pipeline.
  static func mesh(_ shape: Shape, tasks count: Int) -> Mesh {
    let file = SourceFile(path: "large.yaml", text: "")
    let position = SourcePosition(file: file, line: 1, column: 1)
    let command = Command(form: .shell("true"), directory: "/")
    func dataset(_ number: Int) -> DatasetName { DatasetName(domain: "d", name: "x\(number)") }
    var pipeline = Pipeline(name: PipelineName(domain: "d", name: "p"), position: position)
    for number in 0..<count {
      var task = TaskDeclaration(name: "t\(number)", kind: .run(command), position: position)
      task.writes = [WriteDeclaration(dataset: dataset(number), position: position)]
      let reads: [Int] =
        switch shape {
        case .chain: number > 0 ? [number - 1] : []
        case .wide: number == 0 ? [] : number == count - 1 ? Array(1..<count - 1) : [0]
        case .layered: number < 100 ? [] : (0..<3).map { (number / 100 - 1) * 100 + (number + $0 * 7) % 100 }
        }
      task.reads = reads.map { ReadDeclaration(dataset: dataset($0), position: position) }
      pipeline.tasks.append(task)
    }
    var domain = Domain(name: "d", owner: "team", position: position)
    domain.pipelines = [pipeline]
    return Mesh(root: "/", domains: [domain])
  }

  /// The chain is the deepest there is; of the others less is enough to tell what is not linear.
  @Test(arguments: Shape.allCases)
  func `very many tasks make a graph without deep recursion and in linear time`(shape: Shape) {
    let tasks = shape == .chain || Sample.isWhole ? 100_000 : 20_000
    let mesh = Self.mesh(shape, tasks: tasks)
    var result: (graph: MeshGraph, diagnostics: [Diagnostic])?
    let time = ContinuousClock().measure { result = LineageBuilder.build(mesh) }
    #expect(result?.diagnostics.isEmpty == true)
    #expect(result?.graph.edges.count ?? 0 >= tasks - 1)
    #expect(time < .microseconds(600 * tasks))
  }

  @Test func `a cycle of five hundred tasks is found and told briefly`() {
    var mesh = Self.mesh(.chain, tasks: Sample.isWhole ? 10_000 : 500)
    let last = DatasetName(domain: "d", name: "x499")
    let position = mesh.domains[0].position
    mesh.domains[0].pipelines[0].tasks[0].reads = [ReadDeclaration(dataset: last, position: position)]
    let diagnostics = LineageBuilder.build(mesh).diagnostics
    #expect(diagnostics.map(\.code) == ["cycle"])
    #expect(diagnostics.first?.message.utf8.count ?? 0 < 500)
  }
}
