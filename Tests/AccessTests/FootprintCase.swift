import Access
import MeshModel
import Testing

/// A script of the domain `shop` and what it is expected to read and write, all statements together.
struct FootprintCase: CustomTestStringConvertible {
  var sql: String
  /// `shop.orders(amount, id) stock.items()`.
  var reads: String
  /// `insert shop.daily, update shop.daily(total)`.
  var writes: String

  init(_ sql: String, reads: String = "", writes: String = "") {
    self.sql = sql
    self.reads = reads
    self.writes = writes
  }

  var testDescription: String { sql }

  /// orders and customers are the domain's own, items and moves another's, people a third's.
  static func compiler() throws -> DomainCompiler {
    let compiler = try DomainCompiler(domain: "shop")
    func column(_ text: String) -> Column {
      let parts = text.split(separator: ":")
      return Column(name: String(parts[0]), type: ColumnType(rawValue: String(parts[1])) ?? .any)
    }
    for (name, columns) in [
      ("shop.orders", "id:integer customer:integer item:integer day:date amount:real email:text"),
      ("shop.customers", "customer:integer name:text email:text"),
      ("shop.daily", "day:date total:real orders:integer"),
      ("stock.items", "item:integer name:text price:real secret:text"),
      ("stock.moves", "item:integer day:date count:integer"),
      ("people.staff", "name:text email:text boss:text"),
    ] {
      guard let dataset = DatasetName(name) else { continue }
      compiler.define(
        dataset, columns: columns.split(separator: " ").map { column(String($0)) },
        key: name == "shop.daily" ? ["day"] : [])
    }
    return compiler
  }

  /// What the compiler finds, in the notation of the table.
  static func found(_ footprints: [StatementFootprint]) -> (reads: String, writes: String) {
    var reads: [DatasetName: Set<String>] = [:]
    var writes: [String] = []
    for footprint in footprints {
      for read in footprint.reads { reads[read.dataset, default: []].formUnion(read.columns) }
      for write in footprint.writes {
        let columns = write.columns.map { "(\($0.joined(separator: ", ")))" } ?? ""
        let text = "\(write.operation) \(write.dataset)\(columns)"
        if !writes.contains(text) { writes.append(text) }
      }
    }
    let told = reads.sorted { $0.key < $1.key }.map {
      "\($0.key)(\($0.value.sorted().joined(separator: ", ")))"
    }
    return (told.joined(separator: " "), writes.joined(separator: ", "))
  }
}
