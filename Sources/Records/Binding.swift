import Basics
import MeshModel
import SQLite

/// Binds the parameters of a statement one after another.
struct Binding {
  let statement: Statement
  private var place = 0

  init(_ statement: Statement) { self.statement = statement }

  mutating func add(_ value: Int64?) {
    place += 1
    statement.bind(value, at: place)
  }

  mutating func add(_ value: Int?) {
    place += 1
    statement.bind(value, at: place)
  }

  mutating func add(_ value: String?) {
    place += 1
    statement.bind(value, at: place)
  }

  mutating func add(_ value: Instant?) { add(value?.milliseconds) }

  mutating func add(_ reason: Reason?) {
    add(reason?.code)
    add(reason?.text)
  }

  mutating func add(utf8 bytes: [UInt8]) {
    place += 1
    statement.bind(utf8: bytes, at: place)
  }

  mutating func add(_ instance: InstanceID) {
    add(instance.run)
    add(instance.task)
    add(instance.index)
  }

  mutating func add(_ attempt: AttemptID) {
    add(attempt.instance)
    add(attempt.number)
  }
}
