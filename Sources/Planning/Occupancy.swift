import MeshModel

/// Who holds slots, and who waits for them.
public struct Occupancy: Sendable {
  /// A task instance as people name it.
  public struct Item: Sendable, Hashable {
    public var instance: InstanceID
    public var pipeline: PipelineName
    public var partition: String?
    /// With its number under `each`.
    public var task: String
  }

  /// Something that gives out slots.
  public struct Room: Sendable {
    /// What it is.
    public enum Kind: String, Sendable { case workers, domain, pool }

    public var kind: Kind
    /// Empty for the workers.
    public var name: String
    /// Nil: no limit.
    public var slots: Int?
    /// Ascending.
    public var holders: [Item] = []
    /// In the order in which they would start if slots became free one by one.
    public var queue: [Item] = []
  }

  /// The workers, then domains and pools in the order of the mesh.
  public var rooms: [Room]
}

extension Scheduler {
  /// Who holds what, and who waits for it.
  ///
  /// - Parameter workers: how many there are; nil: nobody knows.
  public mutating func occupancy(workers: Int?) -> Occupancy {
    var rooms = [Occupancy.Room(kind: .workers, name: "", slots: workers)]
    rooms += latest.release.mesh.domains.map { .init(kind: .domain, name: $0.name, slots: $0.slots) }
    rooms += latest.release.mesh.pools.map { .init(kind: .pool, name: $0.name, slots: $0.slots) }
    let running = slotOfRun.sorted { $0.key < $1.key }.flatMap { run, slot in
      cells[slot].indices.flatMap { task in
        cells[slot][task].instances.indices.filter { cells[slot][task].instances[$0].state == .running }.map {
          InstanceID(run: run, task: task, index: $0)
        }
      }
    }
    for instance in running { enter(instance, into: &rooms, \.holders) }
    for instance in slots.startOrder(of: isReady) { enter(instance, into: &rooms, \.queue) }
    return Occupancy(rooms: rooms)
  }

  private func isReady(_ instance: InstanceID) -> Bool {
    guard let slot = slotOfRun[instance.run], cells[slot].indices.contains(instance.task) else {
      return false
    }
    let instances = cells[slot][instance.task].instances
    return instances.indices.contains(instance.index) && instances[instance.index].isReady
  }

  private func enter(
    _ instance: InstanceID, into rooms: inout [Occupancy.Room],
    _ list: WritableKeyPath<Occupancy.Room, [Occupancy.Item]>
  ) {
    guard let run = slotOfRun[instance.run].flatMap({ runs[$0] }) else { return }
    let task = pipeline(run.pipeline).tasks[instance.task]
    let item = Occupancy.Item(
      instance: instance, pipeline: run.facts.record.pipeline, partition: run.facts.record.partition?.key,
      task: task.each == nil ? task.name : "\(task.name)[\(instance.index)]")
    for place in rooms.indices {
      let takes =
        switch rooms[place].kind {
        case .workers: true
        case .domain: rooms[place].name == item.pipeline.domain
        case .pool: rooms[place].name == task.pool
        }
      if takes { rooms[place][keyPath: list].append(item) }
    }
  }
}
