extension Duration {
  /// The duration as declarations write it, to its two greatest units: `6h`, `1d12h`, `1m30s`.
  public var declaredText: String {
    var rest = max(0, wholeMilliseconds)
    var text = ""
    var units = 0
    for (name, size) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)]
      as [(String, Int64)]
    {
      guard rest >= size, units < 2 else { continue }
      text += "\(rest / size)\(name)"
      rest %= size
      units += 1
    }
    return text.isEmpty ? "0s" : text
  }
}
