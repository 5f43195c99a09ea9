import MeshModel
import TestKit
import Testing

@testable import Records

struct NumbersTests {
  @Test func `a number that was published is given to nothing else, whatever becomes of what had it`() throws
  {
    let state = try StateFixture()
    let dataset = DatasetName(domain: "wf", name: "clean")
    let partition = state.day(1)
    try state.commit(
      state.live(1) + [
        .coveredAsSkipped(dataset, partition, InstanceID(run: 1, task: 1), number: 41, at: state.now)
      ])
    #expect(try state.reader().recoveredState().last.materialization == 41)
    try state.commit([
      .markedMissing(dataset, partition: partition.key, Reason("marked", "by hand"), at: state.now)
    ])
    #expect(try state.reader().recoveredState().last.materialization == 41)
    #expect(try state.reader().differencesFromFold() == [])
  }
}
