import Basics
import MeshModel
import TestKit
import Testing

@testable import Records

/// What the record keeps of alerts, and of who was told.
struct AlertTests {
  private let fixture: StateFixture

  init() throws { fixture = try StateFixture() }

  private func alert(
    _ id: AlertID, partition: String = "", channels: [String] = ["*.1"], silence: SilenceID? = nil
  ) -> Change {
    .alertRaised(
      AlertRecord(
        id: id,
        cause: AlertCause(kind: .runFailed, pipeline: StateFixture.pipeline, partition: partition),
        partition: partition.isEmpty
          ? nil : PartitionInterval(key: partition, start: fixture.now, end: fixture.now + .seconds(9)),
        run: 7, reason: Reason("run_failed", "run 7 failed"), raisedAt: fixture.now, silence: silence,
        channels: channels))
  }

  private func begun(_ id: NotificationID, _ alerts: [AlertID], attempt: Int = 1) -> Change {
    .notificationBegun(
      NotificationRecord(
        id: id, channel: "*.1", alerts: alerts, attempt: attempt, startedAt: fixture.now))
  }

  private func ended(_ id: NotificationID, failure: String? = nil, retry: Bool = false) -> Change {
    .notificationEnded(
      id, failure: failure.map { Reason("exit", $0) }, retryAt: retry ? fixture.now : nil, at: fixture.now)
  }

  private func resolved(_ id: AlertID) -> Change {
    .alertResolved(id, Reason("run_succeeded", "run 8 succeeded"), at: fixture.now)
  }

  @Test func `of each cause at most one alert is open`() throws {
    try fixture.commit([alert(1)])
    #expect(throws: RecordsError.self) { try fixture.commit([alert(2)]) }
    try fixture.commit([alert(2, partition: "a"), resolved(1), alert(3)])
    #expect(throws: RecordsError.self) { try fixture.commit([resolved(1)]) }
    let reader = try fixture.reader()
    #expect(try reader.alerts(AlertFilter()).alerts.map(\.record.id) == [3, 2])
    #expect(try reader.alerts(AlertFilter(includesResolved: true, limit: 2)).next == 2)
    #expect(try reader.openAlerts()[.runFailed]?.open == 2)
    #expect(try reader.differencesFromFold() == [])
  }

  @Test func `an alert is read as it was raised, with all that became of it`() throws {
    try fixture.commit([
      alert(1, partition: "a"), begun(1, [1]), ended(1, failure: "exit code 3", retry: true),
      .alertAcknowledged(1, by: "ann", note: "seen", at: fixture.now),
    ])
    #expect(throws: RecordsError.self) {
      try fixture.commit([.alertAcknowledged(1, by: "bob", note: nil, at: fixture.now)])
    }
    let found = try #require(try fixture.reader().alert(1))
    #expect(found.state == .acknowledged && found.note == "seen")
    #expect(found.record.subject == "\(StateFixture.pipeline)@a")
    #expect(found.record.run == 7)
    #expect(found.deliveries.map(\.state) == [.retrying])
    #expect(found.deliveries[0].reason?.text == "exit code 3")
    try fixture.commit([begun(1, [1], attempt: 2), ended(1)])
    #expect(try fixture.reader().alert(1)?.deliveries.map(\.state) == [.delivered])
  }

  @Test func `nobody is told twice, nor of what is silenced`() throws {
    try fixture.commit([alert(1), begun(1, [1]), ended(1)])
    #expect(throws: RecordsError.self) { try fixture.commit([begun(2, [1])]) }
    #expect(throws: RecordsError.self) { try fixture.commit([ended(1)]) }
    let silence = SilenceRecord(
      id: 1, selector: "*", until: fixture.now + .seconds(60), by: "ann", createdAt: fixture.now, alerts: [2])
    try fixture.commit([alert(2, partition: "a"), .silenced(silence)])
    #expect(throws: RecordsError.self) { try fixture.commit([begun(2, [2])]) }
    #expect(try fixture.reader().alert(2)?.deliveries.map(\.state) == [.silenced])
    #expect(try fixture.reader().silences(lastingAt: fixture.now).count == 1)
    try fixture.commit([.unsilenced(1, by: "bob", at: fixture.now)])
    #expect(throws: RecordsError.self) {
      try fixture.commit([.unsilenced(1, by: "bob", at: fixture.now)])
    }
    #expect(try fixture.reader().silences(lastingAt: fixture.now).isEmpty)
  }

  @Test func `a new owner is told of the silences that last`() throws {
    for id in 1...2 {
      try fixture.commit([
        .silenced(
          SilenceRecord(
            id: Int64(id), selector: "*", until: fixture.now + .seconds(60 * id), by: "ann",
            createdAt: fixture.now, alerts: []))
      ])
    }
    let reader = try fixture.reader()
    func lasting(_ now: Instant?) throws -> [SilenceID] {
      try reader.recoveredState(at: now).alerts.silences.map(\.id)
    }
    #expect(try lasting(nil) == [1, 2])
    #expect(try lasting(fixture.now + .seconds(60)) == [2])
    #expect(try reader.recoveredState(at: fixture.now + .seconds(600)).alerts.lastSilence == 2)
  }

  @Test func `a new owner finds what is open, and what is still to be told`() throws {
    let deadline = DeadlineRecord(
      pipeline: StateFixture.pipeline, meaning: "daily", countedTo: fixture.now)
    try fixture.commit([
      alert(1), alert(2, partition: "a"), alert(3, partition: "b"), alert(4, partition: "c"),
      begun(1, [1]), ended(1), begun(2, [2]), resolved(2), resolved(1),
      .alertAcknowledged(3, by: "ann", note: nil, at: fixture.now),
      .deadlineCounted(deadline, at: fixture.now),
    ])
    let found = try fixture.reader().recoveredState().alerts
    #expect(found.alerts.map(\.id) == [2, 3, 4])
    #expect(found.open == [3, 4])
    #expect(found.acknowledged == [3])
    #expect(found.lastAlert == 4 && found.lastNotification == 2)
    #expect(
      found.pending == [
        .init(channel: "*.1", alerts: [2], notification: 2, attempt: 1),
        .init(channel: "*.1", alerts: [3, 4]),
      ])
    #expect(found.deadlines == [deadline])
    try fixture.commit([.deadlineUncounted(StateFixture.pipeline, at: fixture.now)])
    #expect(try fixture.reader().recoveredState().alerts.deadlines.isEmpty)
  }

  @Test func `a new owner ends what was to be told again and is silenced now`() throws {
    try fixture.commit([alert(1), begun(1, [1]), ended(1, failure: "exit code 3", retry: true)])
    try fixture.commit([
      .silenced(
        SilenceRecord(
          id: 1, selector: "*", until: fixture.now + .seconds(60), by: "ann", createdAt: fixture.now,
          alerts: [1]))
    ])
    let pending = try fixture.reader().recoveredState().alerts.pending
    #expect(pending.map(\.notification) == [1])
  }

  @Test(
    arguments: [
      (nil, [], true), ([0, 1, 2], [], true), ([1], [0, 2], true), ([1], [0], false), ([], [], false),
    ] as [([Int]?, [Int], Bool)])
  func `a deadline is kept by a run with all tasks in it`(_ tasks: [Int]?, _ kept: [Int], _ isKept: Bool)
    throws
  {
    for partition in [fixture.day(0), nil] {
      let fixture = try StateFixture()
      let record = RunRecord(
        id: 1, pipeline: StateFixture.pipeline, partition: partition, cause: .manual, release: 1,
        createdAt: fixture.now, tasks: tasks, kept: kept)
      try fixture.commit([
        .runCreated(record), .runStarted(1, at: fixture.now), .runFinished(1, .success, nil, at: fixture.now),
      ])
      let found = try fixture.reader().keepsDeadline(
        StateFixture.pipeline, tick: fixture.now, partition: partition)
      #expect(found == isKept)
    }
  }

  @Test func `only what is over and told is removed`() throws {
    try fixture.commit([
      alert(1), resolved(1), alert(2), begun(1, [2]), ended(1), resolved(2), alert(3), begun(2, [3]),
      ended(2, failure: "no"), resolved(3), alert(4, channels: []), resolved(4), alert(5),
    ])
    let reader = try fixture.reader()
    // 1 is not told yet, 3 has the number that no other notification may get, 5 is open.
    let later = fixture.now + .seconds(1)
    #expect(try reader.snapshot { try $0.removableAlerts(resolvedBefore: later, limit: 9) } == [2, 4])
    #expect(try reader.countOfRemovableAlerts(resolvedBefore: fixture.now) == 0)
    #expect(try reader.countOfRemovableAlerts(resolvedBefore: later) == 2)
    #expect(throws: RecordsError.self) { try fixture.commit([.alertsRemoved([1], at: fixture.now)]) }
    try fixture.commit([.alertsRemoved([2, 4], at: fixture.now)])
    #expect(
      try fixture.reader().alerts(AlertFilter(includesResolved: true)).alerts.map(\.record.id) == [5, 3, 1])
    #expect(try fixture.reader().differencesFromFold() == [])
  }
}
