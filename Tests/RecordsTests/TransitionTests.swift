import Basics
import MeshModel
import TestKit
import Testing

@testable import Records

/// What the laws forbid is refused, and nothing of it is written.
@Suite struct TransitionTests {
  let state: StateFixture

  init() throws { state = try StateFixture() }

  private func refused(
    after legal: [Change], _ illegal: [Change], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try state.commit(legal)
    let before = try state.reader().lastSequence()
    do {
      try state.commit(illegal)
      Issue.record("it was written", sourceLocation: sourceLocation)
    } catch let error as RecordsError {
      #expect(error.kind == .illegalChange, "\(error)", sourceLocation: sourceLocation)
    }
    #expect(try state.reader().lastSequence() == before, sourceLocation: sourceLocation)
    #expect(try state.reader().differencesFromFold() == [], sourceLocation: sourceLocation)
  }

  private var task: AttemptID { state.attempt(1, 0) }
  private var instance: InstanceID { task.instance }
  private var why: Reason { Reason("test", "it is a test") }

  @Test func `a run that nobody created does not start`() throws {
    try refused(after: [], [.runStarted(1, at: state.now)])
  }

  @Test func `a run starts once`() throws {
    try refused(after: state.live(1), [.runStarted(1, at: state.now)])
  }

  @Test func `a run number is given once`() throws {
    try refused(after: state.live(1), [.runCreated(state.run(1))])
  }

  @Test func `a run of a release that was not taken does not exist`() throws {
    var run = state.run(1)
    run.release = 9
    try refused(after: [], [.runCreated(run)])
  }

  @Test func `a final run never changes`() throws {
    let end: Change = .runFinished(1, .success, nil, at: state.now)
    try refused(after: state.live(1) + [end], [.runFinished(1, .failed, nil, at: state.now)])
    try refused(after: [], [state.started(task)])
    try refused(after: [], [.instanceFinished(instance, .skipped, why, at: state.now)])
    try refused(after: [], [.fannedOut(1, task: 0, values: [], at: state.now)])
    try refused(after: [], [.conditionEvaluated(instance, holds: true, at: state.now)])
  }

  @Test func `a queued run can only start or be cancelled`() throws {
    try refused(after: [.runCreated(state.run(1))], [.runFinished(1, .success, nil, at: state.now)])
    try refused(after: [], [state.started(task)])
    try state.commit([.runFinished(1, .cancelled, why, at: state.now)])
  }

  @Test func `a run ends after all its task instances`() throws {
    try refused(
      after: state.live(1) + [state.started(task)], [.runFinished(1, .success, nil, at: state.now)])
  }

  @Test func `one run of a partition is under way at a time`() throws {
    try refused(
      after: state.live(1, day: 3) + [.runCreated(state.run(2, day: 3))], [.runStarted(2, at: state.now)])
    try state.commit([.runFinished(1, .success, nil, at: state.now), .runStarted(2, at: state.now)])
    try state.commit(state.live(3) + state.live(4))
  }

  @Test func `a task instance has one live attempt`() throws {
    try refused(after: state.live(1) + [state.started(task)], [state.started(state.attempt(1, 0, 2))])
  }

  @Test func `attempts are numbered from one without gaps`() throws {
    try refused(after: state.live(1), [state.started(state.attempt(1, 0, 2))])
    let retry = state.ended(task, .failed, .retrying, retryAt: state.now)
    try refused(after: [state.started(task), retry], [state.started(state.attempt(1, 0, 3))])
    try refused(after: [], [state.started(state.attempt(1, 0, 1))])
  }

  @Test func `an attempt ends once`() throws {
    try refused(after: state.live(1) + [state.started(task), state.ended(task)], [state.ended(task)])
    try refused(after: [], [.attemptStopping(task, why, at: state.now)])
    let process = ProcessIdentity(pid: 1, startTime: 1, boot: "b")
    try refused(after: [], [.attemptRunning(task, process, at: state.now)])
  }

  @Test func `an attempt that never started does not end`() throws {
    try refused(after: state.live(1), [state.ended(task)])
  }

  @Test func `an end that is no end is refused`() throws {
    try refused(after: state.live(1) + [state.started(task)], [state.ended(task, .running, .success)])
    try refused(after: [], [state.ended(task, .failed, .upstreamFailed)])
    try refused(after: [], [state.ended(task, .failed, .retrying)])
    try refused(after: [], [state.ended(task, .success, .success, retryAt: state.now)])
    try refused(after: [], [.instanceFinished(instance, .queued, why, at: state.now)])
  }

  @Test func `what runs ends with its attempt and not by itself`() throws {
    try refused(
      after: state.live(1) + [state.started(task)],
      [.instanceFinished(instance, .cancelled, why, at: state.now)])
  }

  private var wait: Change {
    let deferral = Deferral(until: state.now + .seconds(9), reason: why)
    return .attemptDeferred(task, AttemptKey(state: "s", attempt: task), deferral, at: state.now)
  }

  @Test func `what waits ends with its attempt, and is told only while it waits`() throws {
    try refused(after: state.live(1) + [wait], [.instanceFinished(instance, .cancelled, why, at: state.now)])
    try refused(after: [.attemptAnswered(task, why, at: state.now)], [wait])
    try refused(after: [state.ended(task)], [.attemptAnswered(task, why, at: state.now)])
  }

  @Test func `what waited goes on waiting in a later attempt, as after a queue`() throws {
    try state.commit(state.live(1) + [.instanceQueued(instance, why, at: state.now), wait])
    let found = try #require(try state.reader().recoveredState().runs.first?.instances.first)
    #expect(found.state == .deferred)
    #expect(found.live?.deferral == Deferral(until: state.now + .seconds(9), reason: why))
    try state.commit([state.ended(task, .failed, .retrying, retryAt: state.now)])
    let second = AttemptID(instance: instance, number: 2)
    let deferral = Deferral(until: state.now, reason: why, child: 7, madeChild: true)
    try state.commit([
      .attemptDeferred(second, AttemptKey(state: "s", attempt: second), deferral, at: state.now)
    ])
    let again = try #require(try state.reader().recoveredState().runs.first?.instances.first)
    #expect(again.live?.deferral == deferral)
    #expect(try state.reader().differencesFromFold() == [])
  }

  @Test func `a task instance leaves waiting once`() throws {
    let skip: Change = .instanceFinished(instance, .skipped, why, at: state.now)
    try refused(after: state.live(1) + [skip], [skip])
    try refused(after: [], [.instanceQueued(instance, why, at: state.now)])
  }

  @Test func `what is queued can only run or be cancelled`() throws {
    try refused(
      after: state.live(1) + [.instanceQueued(instance, why, at: state.now)],
      [.instanceFinished(instance, .skipped, why, at: state.now)])
    try state.commit([.instanceFinished(instance, .cancelled, why, at: state.now)])
  }

  @Test func `when and each are answered once`() throws {
    try refused(
      after: state.live(1) + [.conditionEvaluated(instance, holds: true, at: state.now)],
      [.conditionEvaluated(instance, holds: false, at: state.now)])
    try refused(
      after: [.fannedOut(1, task: 1, values: [], at: state.now)],
      [.fannedOut(1, task: 1, values: [.integer(1)], at: state.now)])
  }

  @Test func `a backfill ends once, after its runs`() throws {
    let backfill = BackfillRecord(id: 1, request: "r", runs: 1, maxActive: nil, createdAt: state.now)
    let end: Change = .backfillFinished(1, .success, at: state.now)
    try refused(
      after: [
        .backfillCreated(backfill), .runCreated(state.run(1, backfill: 1)), .runStarted(1, at: state.now),
      ],
      [end])
    try refused(after: [.runFinished(1, .success, nil, at: state.now), end], [end])
  }

  @Test func `a version is of one partition and made by one attempt`() throws {
    let made = MaterializationRecord(
      id: 1, dataset: StateFixture.dataset, partition: state.day(0), attempt: task, rows: 1, inputs: [],
      at: state.now)
    try refused(after: state.live(1), [.materialized(made)])
    try refused(after: [state.started(task), .materialized(made)], [.materialized(made)])
    try refused(
      after: [], [.markedPresent(StateFixture.dataset, state.day(1), version: 1, why, at: state.now)])
    try state.commit([
      .markedMissing(StateFixture.dataset, partition: state.day(0).key, why, at: state.now),
      .markedPresent(StateFixture.dataset, state.day(0), version: 1, why, at: state.now),
    ])
  }
}
