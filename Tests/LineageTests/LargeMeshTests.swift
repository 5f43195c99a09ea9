import Diagnostics
import Lineage
import MeshModel
import Testing

struct LargeMeshTests {
  enum Shape: CaseIterable { case chain, wide, layered }

  /// A hundred thousand shell tasks in one pipeline.
  static func mesh(_ shape: Shape, tasks count: Int = 100_000) -> Mesh {
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

  @Test(arguments: Shape.allCases)
  func `a hundred thousand tasks make a graph without deep recursion and in linear time`(shape: Shape) {
    let mesh = Self.mesh(shape)
    var result: (graph: MeshGraph, diagnostics: [Diagnostic])?
    let time = ContinuousClock().measure { result = LineageBuilder.build(mesh) }
    #expect(result?.diagnostics.isEmpty == true)
    #expect(result?.graph.edges.count ?? 0 >= 99_999)
    #expect(time < .seconds(60))
  }

  @Test func `a cycle of ten thousand tasks is found and told briefly`() {
    var mesh = Self.mesh(.chain, tasks: 10_000)
    let last = DatasetName(domain: "d", name: "x9999")
    let position = mesh.domains[0].position
    mesh.domains[0].pipelines[0].tasks[0].reads = [ReadDeclaration(dataset: last, position: position)]
    let diagnostics = LineageBuilder.build(mesh).diagnostics
    #expect(diagnostics.map(\.code) == ["cycle"])
    #expect(diagnostics.first?.message.utf8.count ?? 0 < 500)
  }
}
