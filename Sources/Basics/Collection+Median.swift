extension Collection where Element: Comparable {
  /// The middle one in their order, of an even number the greater of the two in the middle; nil for none.
  public var median: Element? { isEmpty ? nil : sorted()[count / 2] }
}
