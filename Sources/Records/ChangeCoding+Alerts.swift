import Basics
import MeshModel

extension ChangeCoding {
  static func encodeAlert(_ change: Change, into writer: inout JSONWriter) {
    switch change {
    case .alertRaised(let alert): writer.members(of: alert)
    case .alertAcknowledged(let alert, let who, let note, _):
      writer.member("alert", alert)
      writer.member("by", who)
      writer.member("note", note)
    case .alertResolved(let alert, let reason, _):
      writer.member("alert", alert)
      writer.member("reason", reason)
    case .silenced(let silence):
      writer.member("silence", silence.id)
      writer.member("selector", silence.selector)
      writer.member("until", silence.until.milliseconds)
      writer.member("why", silence.reason)
      writer.member("by", silence.by)
      writer.numbers("alerts", silence.alerts)
    case .unsilenced(let silence, let who, _):
      writer.member("silence", silence)
      writer.member("by", who)
    case .notificationBegun(let notification):
      writer.member("notification", notification.id)
      writer.member("channel", notification.channel)
      writer.member("attempt", Int64(notification.attempt))
      writer.numbers("alerts", notification.alerts)
    case .notificationEnded(let notification, let failure, let retryAt, _):
      writer.member("notification", notification)
      writer.member("reason", failure)
      writer.member("retry_at", retryAt?.milliseconds)
    case .deadlineCounted(let deadline, _):
      writer.member("pipeline", deadline.pipeline.description)
      writer.member("meaning", deadline.meaning)
      writer.member("counted_to", deadline.countedTo.milliseconds)
    case .deadlineUncounted(let pipeline, _): writer.member("pipeline", pipeline.description)
    case .alertsRemoved(let alerts, _): writer.numbers("alerts", alerts)
    default: break
    }
  }
}

extension JSONWriter {
  fileprivate mutating func members(of alert: AlertRecord) {
    member("alert", alert.id)
    member("kind", alert.cause.kind.rawValue)
    member("pipeline", alert.cause.pipeline.description)
    member("partition", alert.partition)
    member("task", alert.cause.task)
    member("dataset", alert.cause.dataset?.description)
    member("run", alert.run)
    member("reason", alert.reason)
    member("silence", alert.silence)
    key("channels")
    array { writer in for channel in alert.channels { writer.string(channel) } }
  }

  fileprivate mutating func numbers(_ name: String, _ numbers: [Int64]) {
    key(name)
    array { writer in for number in numbers { writer.integer(number) } }
  }
}

extension PayloadReader {
  func alertChange() throws(RecordsError) -> Change {
    switch kind {
    case .alertAcknowledged:
      .alertAcknowledged(
        try integer("alert"), by: try string("by"), note: try optionalString("note"), at: at)
    case .alertResolved: .alertResolved(try integer("alert"), try reason(), at: at)
    case .silenced:
      .silenced(
        SilenceRecord(
          id: try integer("silence"), selector: try string("selector"),
          until: Instant(milliseconds: try integer("until")), reason: try optionalString("why"),
          by: try string("by"), createdAt: at, alerts: try numbers("alerts")))
    case .unsilenced: .unsilenced(try integer("silence"), by: try string("by"), at: at)
    case .notificationBegun:
      .notificationBegun(
        NotificationRecord(
          id: try integer("notification"), channel: try string("channel"), alerts: try numbers("alerts"),
          attempt: try int("attempt"), startedAt: at))
    case .notificationEnded:
      .notificationEnded(
        try integer("notification"), failure: try optionalReason(),
        retryAt: try optionalInteger("retry_at").map(Instant.init(milliseconds:)), at: at)
    case .deadlineCounted:
      .deadlineCounted(
        DeadlineRecord(
          pipeline: try pipeline(), meaning: try string("meaning"),
          countedTo: Instant(milliseconds: try integer("counted_to"))), at: at)
    case .deadlineUncounted: .deadlineUncounted(try pipeline(), at: at)
    case .alertsRemoved: .alertsRemoved(try numbers("alerts"), at: at)
    default: .alertRaised(try alert())
    }
  }

  private func alert() throws(RecordsError) -> AlertRecord {
    let partition = try partition()
    let list = try array("channels")
    let channels = list.compactMap(\.string)
    guard channels.count == list.count else { throw wrong("channels") }
    let cause = AlertCause(
      kind: try word("kind"), pipeline: try pipeline(), partition: partition?.key ?? "",
      task: try optionalString("task"), dataset: try value["dataset"] == nil ? nil : dataset(value))
    return AlertRecord(
      id: try integer("alert"), cause: cause, partition: partition, run: try optionalInteger("run"),
      reason: try reason(), raisedAt: at, silence: try optionalInteger("silence"), channels: channels)
  }
}
