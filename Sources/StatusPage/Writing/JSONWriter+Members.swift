import Basics
import MeshModel
import Records

/// Members of objects, a line each.
extension JSONWriter {
  mutating func text(_ name: String, _ value: String?) {
    key(name)
    string(value)
  }

  mutating func number(_ name: String, _ value: (some FixedWidthInteger)?) {
    key(name)
    integer(value)
  }

  mutating func flag(_ name: String, _ value: Bool?) {
    key(name)
    if let value { boolean(value) } else { null() }
  }

  mutating func nothing(_ name: String) {
    key(name)
    null()
  }

  /// A span in whole milliseconds.
  mutating func span(_ name: String, _ value: Duration?) { number(name, value?.wholeMilliseconds) }

  mutating func member(_ name: String, _ members: (inout JSONWriter) -> Void) {
    key(name)
    object(members)
  }

  mutating func list<Item>(
    _ name: String, _ items: some Sequence<Item>, _ write: (inout JSONWriter, Item) -> Void
  ) {
    key(name)
    array { writer in for item in items { write(&writer, item) } }
  }

  mutating func objects<Item>(
    _ name: String, _ items: some Sequence<Item>, _ write: (inout JSONWriter, Item) -> Void
  ) {
    list(name, items) { writer, item in writer.object { write(&$0, item) } }
  }

  mutating func texts(_ name: String, _ items: some Sequence<String>) {
    list(name, items) { $0.string($1) }
  }

  /// Text that is JSON already; null where it is none.
  mutating func document(_ name: String, _ text: String?) {
    key(name)
    if let text, let value = try? JSONValue(parsing: text.utf8) { self.value(value) } else { null() }
  }
}
