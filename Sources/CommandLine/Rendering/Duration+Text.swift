import Basics

extension Duration {
  /// The span as people say it: `340ms`, `4.1s`, `41s`, `2m05s`, `1h02m`, `3d04h`.
  var text: String {
    let milliseconds = max(0, wholeMilliseconds)
    let seconds = Int(clamping: milliseconds / 1000)
    switch milliseconds {
    case ..<1000: return "\(milliseconds)ms"
    case ..<10_000: return "\(seconds).\(milliseconds % 1000 / 100)s"
    case ..<60_000: return "\(seconds)s"
    case ..<3_600_000: return "\(seconds / 60)m\((seconds % 60).padded(2))s"
    case ..<86_400_000: return "\(seconds / 3600)h\((seconds / 60 % 60).padded(2))m"
    default: return "\(seconds / 86_400)d\((seconds / 3600 % 24).padded(2))h"
    }
  }
}
