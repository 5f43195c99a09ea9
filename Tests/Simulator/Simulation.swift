import Threads

/// Plays seeds.
public enum Simulation {
  /// Plays one seed to its end.
  ///
  /// - Parameter acts: how often operators act; nil: as the seed says.
  public static func play(seed: UInt64, acts: Int? = nil, isTraced: Bool = false) -> Tally {
    var tally = World(seed: seed, acts: acts, isTraced: isTraced).play()
    guard tally.violations.isEmpty else { return tally }
    let digest = tally.logDigest
    tally.add(World.playTwins(seed: seed, isTraced: isTraced))
    if tally.violations.isEmpty { tally.add(World.playForetold(seed: seed, isTraced: isTraced)) }
    tally.logDigest = digest
    return tally
  }

  /// Plays seeds on some threads; each is played by one.
  ///
  /// - Parameter done: called after each, on any thread, one at a time.
  public static func play(
    seeds: Range<UInt64>, threads: Int, isTraced: Bool = false,
    done: @escaping @Sendable (UInt64, Tally) -> Void
  ) throws -> Tally {
    let next = Guarded(seeds.lowerBound)
    let sum = Guarded(Tally())
    let workers = try (0..<max(1, threads)).map { number in
      try WorkerThread(name: "seeds \(number)") {
        while let seed = next.withLock({ next -> UInt64? in
          guard next < seeds.upperBound else { return nil }
          defer { next += 1 }
          return next
        }) {
          let played = play(seed: seed, isTraced: isTraced)
          sum.withLock { sum in
            sum.add(played)
            done(seed, played)
          }
        }
      }
    }
    for worker in workers { worker.join() }
    return sum.withLock { $0 }
  }
}
