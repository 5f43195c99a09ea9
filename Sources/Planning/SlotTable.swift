import Basics
import MeshModel

/// A ready task instance, in the order in which its domain starts them: priority, then the order of runs.
struct ReadyInstance: Comparable, Sendable {
  var priority: Int
  var instance: InstanceID

  static func < (left: ReadyInstance, right: ReadyInstance) -> Bool {
    left.priority != right.priority ? left.priority > right.priority : left.instance < right.instance
  }
}

/// What an attempt takes besides a worker.
struct Demand: Hashable, Sendable {
  var domain: Int
  var writesStore: Bool
  var pool: Int?
}

/// Who waits for a slot, and who gets the next one.
///
/// Domains compete by start-time fair queueing (Goyal, Vin, Cheng, "Start-time fair queuing", 1996), each
/// start counting one: the domain whose next start begins first in virtual time goes first. So while an
/// instance waits, another domain starts as many as its share is of the own one, times one and those that the
/// own domain starts meanwhile, and one more. Within a domain instances that take the same things stand in
/// one heap, so what is blocked by a full pool or a busy store is not looked at again for every start.
struct SlotTable: Sendable {
  private struct Queue: Sendable {
    let domain: String
    var share: UInt64
    var slots: Int?
    var used = 0
    /// Live attempts that write the domain's store: at most one.
    var writers = 0
    /// When its latest start finished, in virtual time.
    var finish: UInt64 = 0
    /// What waits, by what it takes. Few: stores times pools.
    var heaps: [(demand: Demand, heap: Heap<ReadyInstance>)] = []
  }

  private struct PoolUse: Sendable {
    let name: String
    var slots: Int
    var used = 0
  }

  private static let unit: UInt64 = 1 << 24
  private var queues: [Queue] = []
  private var pools: [PoolUse] = []
  private(set) var workers: Int
  private(set) var used = 0
  /// Where the latest start began; whoever could start then begins no earlier.
  private var virtualTime: UInt64 = 0

  init(workers: Int) { self.workers = workers }

  /// Takes the limits of a mesh. Domains and pools that it does not name keep those they had, for the runs
  /// of earlier releases.
  mutating func adopt(_ mesh: Mesh) {
    for domain in mesh.domains {
      let share = UInt64(max(1, domain.share))
      if let place = queues.firstIndex(where: { $0.domain == domain.name }) {
        queues[place].share = share
        queues[place].slots = domain.slots
        // A start that a smaller share made dear does not keep the domain behind others under the larger one.
        queues[place].finish = min(queues[place].finish, virtualTime + max(1, Self.unit / share))
      } else {
        queues.append(Queue(domain: domain.name, share: share, slots: domain.slots))
      }
    }
    // A mesh whose declarations are broken may hold pipelines of a domain that is not there.
    if queues.isEmpty { queues = [Queue(domain: "", share: 1, slots: nil)] }
    for pool in mesh.pools {
      if let place = pools.firstIndex(where: { $0.name == pool.name }) {
        pools[place].slots = pool.slots
      } else {
        pools.append(PoolUse(name: pool.name, slots: pool.slots))
      }
    }
  }

  /// Changes how many attempts may be live at once.
  mutating func limit(workers: Int) { self.workers = workers }

  func place(ofDomain name: String) -> Int { queues.firstIndex { $0.domain == name } ?? 0 }
  func place(ofPool name: String) -> Int? { pools.firstIndex { $0.name == name } }

  mutating func insert(_ ready: ReadyInstance, _ demand: Demand) {
    if let place = queues[demand.domain].heaps.firstIndex(where: { $0.demand == demand }) {
      queues[demand.domain].heaps[place].heap.insert(ready)
    } else {
      var heap = Heap<ReadyInstance>()
      heap.insert(ready)
      queues[demand.domain].heaps.append((demand, heap))
    }
  }

  /// Takes out the instance that may start next, with its slots; nil: none may.
  ///
  /// - Parameter isStill: whether an instance still waits for a slot; those that do not are thrown away.
  mutating func next(where isStill: (InstanceID) -> Bool) -> (instance: InstanceID, demand: Demand)? {
    guard used < workers else { return nil }
    var best: (domain: Int, heap: Int, start: UInt64, finish: UInt64)?
    for domain in queues.indices {
      guard let heap = firstHeap(of: domain, where: isStill) else { continue }
      let start = max(virtualTime, queues[domain].finish)
      let finish = start + max(1, Self.unit / queues[domain].share)
      if best.map({ (start, finish) < ($0.start, $0.finish) }) ?? true {
        best = (domain, heap, start, finish)
      }
    }
    guard let best, let ready = queues[best.domain].heaps[best.heap].heap.popFirst() else { return nil }
    let demand = queues[best.domain].heaps[best.heap].demand
    virtualTime = best.start
    queues[best.domain].finish = best.finish
    take(demand)
    return (ready.instance, demand)
  }

  /// Those that wait, in the order in which they would start if slots became free one by one.
  func startOrder(of isStill: (InstanceID) -> Bool) -> [InstanceID] {
    var free = self
    free.workers = .max
    free.used = 0
    for place in free.queues.indices {
      free.queues[place].slots = nil
      free.queues[place].writers = 0
    }
    for place in free.pools.indices { free.pools[place].slots = .max }
    var order: [InstanceID] = []
    while let (instance, demand) = free.next(where: isStill) {
      free.release(demand)
      order.append(instance)
    }
    return order
  }

  /// Gives back what an attempt took.
  mutating func release(_ demand: Demand) {
    used -= 1
    queues[demand.domain].used -= 1
    if demand.writesStore { queues[demand.domain].writers -= 1 }
    if let pool = demand.pool { pools[pool].used -= 1 }
  }

  /// What is missing for an instance that takes these things.
  func reason(for demand: Demand) -> Reason {
    let queue = queues[demand.domain]
    if demand.writesStore, queue.writers > 0 {
      return Reason("store_busy", "waits for the domain's store, which another task writes")
    }
    if let pool = demand.pool, pools[pool].used >= pools[pool].slots {
      return Reason(
        "pool_full", "waits for pool '\(pools[pool].name)', all \(pools[pool].slots) slots are taken")
    }
    if let slots = queue.slots, queue.used >= slots {
      return Reason("domain_full", "waits for its domain, all \(slots) slots are taken")
    }
    return Reason("no_worker", "waits for a worker, all \(workers) are busy")
  }

  /// Takes what a live attempt takes, whether it is free or not: an adopted one has it already.
  mutating func take(_ demand: Demand) {
    used += 1
    queues[demand.domain].used += 1
    if demand.writesStore { queues[demand.domain].writers += 1 }
    if let pool = demand.pool { pools[pool].used += 1 }
  }

  /// The heap of a domain whose first instance may start and comes first.
  private mutating func firstHeap(of domain: Int, where isStill: (InstanceID) -> Bool) -> Int? {
    if let slots = queues[domain].slots, queues[domain].used >= slots { return nil }
    var best: (heap: Int, ready: ReadyInstance)?
    for heap in queues[domain].heaps.indices where mayStart(queues[domain].heaps[heap].demand) {
      while let ready = queues[domain].heaps[heap].heap.first, !isStill(ready.instance) {
        _ = queues[domain].heaps[heap].heap.popFirst()
      }
      guard let ready = queues[domain].heaps[heap].heap.first else { continue }
      if best.map({ ready < $0.ready }) ?? true { best = (heap, ready) }
    }
    return best?.heap
  }

  private func mayStart(_ demand: Demand) -> Bool {
    if demand.writesStore, queues[demand.domain].writers > 0 { return false }
    if let pool = demand.pool, pools[pool].used >= pools[pool].slots { return false }
    return true
  }
}
