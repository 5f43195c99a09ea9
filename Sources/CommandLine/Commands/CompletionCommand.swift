import Basics
import Declarations
import Lineage
import Orchestration
import MeshModel

/// `heddle completion SHELL`.
struct CompletionCommand: Command {
  enum Subject: String, CaseIterable {
    case bash, zsh, fish
    case pipelines, tasks, datasets, selectors, environments
  }

  static let description = CommandDescription(
    name: "completion", summary: "print a script that completes commands in a shell",
    operands: [.required("SHELL", words: .choices(["bash", "zsh", "fish"]))], options: [],
    help: """
      heddle completion: print a script that completes commands in a shell

      Examples:
        source <(heddle completion bash)
        heddle completion zsh > ~/.zfunc/_heddle
        heddle completion fish > ~/.config/fish/completions/heddle.fish
        heddle completion pipelines

      Usage: heddle completion bash|zsh|fish
             heddle completion pipelines|tasks|datasets|selectors|environments

      The second form is what the scripts ask for: names, one a line, read from the project's files.

      \(HelpText.localOptions)
      """)

  var subject: Subject

  init(_ arguments: Arguments) throws(CommandFailure) {
    let word = try arguments.required(0)
    guard let subject = Subject(rawValue: word) else {
      throw .usage("there is no script for '\(word)'", help: "one of: bash, zsh, fish")
    }
    self.subject = subject
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    if let script {
      if context.settings.json {
        context.json("completion") { writer in
          writer.key("shell")
          writer.string(subject.rawValue)
          writer.key("script")
          writer.string(script)
        }
      } else {
        context.out.write(script)
      }
      return .success
    }
    let names =
      subject == .environments
      ? DeclarationLoader.environments(of: try context.projectRoot())
      : names(in: try context.declared().graph)
    if context.settings.json {
      context.json("completion") { writer in
        writer.key("names")
        writer.array { writer in for name in names { writer.string(name) } }
      }
    } else {
      for name in names { context.out.line(name) }
    }
    return .success
  }

  private var script: String? {
    switch subject {
    case .bash: CompletionScript.bash
    case .zsh: CompletionScript.zsh
    case .fish: CompletionScript.fish
    case .pipelines, .tasks, .datasets, .selectors, .environments: nil
    }
  }

  private func names(in graph: MeshGraph) -> [String] {
    let pipelines = graph.pipelines.map(\.name.description)
    switch subject {
    case .pipelines: return pipelines
    case .tasks: return pipelines + graph.nodes.map(\.name.description)
    case .datasets: return graph.datasets.keys.sorted().map(\.description)
    case .selectors:
      let domains = Set(graph.pipelines.map(\.name.domain)).sorted().map { $0 + "/*" }
      let tags = Set(graph.pipelines.flatMap(\.tags)).sorted().map { "tag:" + $0 }
      return domains + pipelines + graph.datasets.keys.sorted().map(\.description) + tags
    case .bash, .zsh, .fish, .environments: return []
    }
  }
}
