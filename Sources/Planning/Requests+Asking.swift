import MeshModel

extension RunRequest {
  /// The same, in somebody's name.
  public func asked(by asker: Asker) -> RunRequest {
    var request = self
    request.askedBy = asker.name
    return request
  }
}

extension BackfillOrder {
  /// The same, in somebody's name.
  public func asked(by asker: Asker) -> BackfillOrder {
    var order = self
    order.runs = runs.map { $0.asked(by: asker) }
    return order
  }
}
