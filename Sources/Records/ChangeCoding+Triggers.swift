import Basics
import MeshModel

extension JSONWriter {
  mutating func members(of trigger: TriggerRecord) {
    member("pipeline", trigger.pipeline.description)
    member("meaning", trigger.meaning)
    member("counts_from", trigger.countsFrom)
    member("counted_to", trigger.countedTo)
  }

  mutating func members(of arrival: ArrivalRecord) {
    member("pipeline", arrival.pipeline.description)
    member("partition", arrival.partition)
    member("number", arrival.number)
    key("because")
    inputVersions(arrival.because)
    member("outcome", arrival.outcome.word)
    member("run", arrival.outcome.run)
    member("reason", arrival.outcome.reason)
    member("counted_to", arrival.countedTo)
  }
}
