import MeshModel
import Planning
import Testing

@Suite struct ParameterBindingTests {
  static var pipeline: Pipeline {
    var pipeline = Pipeline.sketch("d/p", ["a"])
    for (name, kind) in [("day", Parameter.Kind.date), ("sample", .integer), ("name", .text)] {
      pipeline.params.append(Parameter(name: name, kind: kind, position: PlanningWorld.nowhere))
    }
    pipeline.params[0].defaultValue = .text("2013-01-01")
    pipeline.params[1].minimum = 1
    pipeline.params[2].defaultValue = .text("")
    return pipeline
  }

  @Test func `given values are read by their kind, the others have their defaults`() throws {
    let values = try Self.pipeline.bindings(of: ["sample": "7", "name": "true"])
    #expect(values == ["day": .text("2013-01-01"), "sample": .integer(7), "name": .text("true")])
  }

  @Test(arguments: [
    ["sample": "x"], ["sample": "0"], ["sample": "1", "day": "2013-02-30"], ["sample": "1", "other": "1"],
    [:],
  ]) func `what does not fit is refused with a cure`(given: [String: String]) {
    let error = #expect(throws: ParameterError.self) { try Self.pipeline.bindings(of: given) }
    #expect(error?.help.isEmpty == false)
  }
}
