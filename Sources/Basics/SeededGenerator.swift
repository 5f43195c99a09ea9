import CSystem

/// Random numbers that a seed foretells: SplitMix64.
///
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A fraction in [0, 1).
  public mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }
}

/// Chance from the machine, for what must not be guessed or repeated: identities of state files.
public enum SystemRandom {
  /// 64 bits from the kernel, or nil when it has none to give.
  public static func bits() -> UInt64? {
    var bits: UInt64 = 0
    return heddle_random(&bits, MemoryLayout<UInt64>.size) == 0 ? bits : nil
  }
}
