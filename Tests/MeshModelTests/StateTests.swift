import MeshModel
import Testing

struct StateTests {
  @Test(arguments: RunState.allCases)
  func `a final run never changes, and every other can end`(_ state: RunState) {
    let next = RunState.allCases.filter { state.mayBecome($0) }
    #expect(state.isFinal == next.isEmpty)
    #expect(state.isFinal || next.contains(.cancelled))
    #expect(!next.contains(.queued))
  }

  @Test(arguments: InstanceState.allCases)
  func `a final instance never changes, and every other can be cancelled`(_ state: InstanceState) {
    let next = InstanceState.allCases.filter { state.mayBecome($0) }
    #expect(state.isFinal == next.isEmpty)
    #expect(state.isFinal || next.contains(.cancelled))
    #expect(!next.contains(.waiting))
  }

  @Test(arguments: AttemptState.allCases)
  func `a final attempt never changes, and a live one may be lost`(_ state: AttemptState) {
    let next = AttemptState.allCases.filter { state.mayBecome($0) }
    #expect(state.isFinal == next.isEmpty)
    #expect(state.isFinal || next.contains(.lost))
    #expect(!next.contains(.starting))
  }

  @Test func `only what never ran becomes upstream_failed, and only attempts lead to retrying`() {
    let toUpstreamFailed = InstanceState.allCases.filter { $0.mayBecome(.upstreamFailed) }
    #expect(toUpstreamFailed == [.waiting, .deferred])
    #expect(InstanceState.allCases.filter { $0.mayBecome(.retrying) } == [.deferred, .running])
  }

  @Test func `every state that is not final reaches success`() {
    for start in InstanceState.allCases where !start.isFinal {
      var reached: Set<InstanceState> = [start]
      var size = 0
      while size != reached.count {
        size = reached.count
        for state in reached { reached.formUnion(InstanceState.allCases.filter { state.mayBecome($0) }) }
      }
      #expect(reached.contains(.success), "\(start)")
    }
  }
}
