import Basics

/// `heddle completion SHELL`.
struct CompletionCommand: Command {
  enum Subject: String, CaseIterable {
    case bash, zsh, fish
    case pipelines, tasks, datasets, selectors
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
             heddle completion pipelines|tasks|datasets|selectors

      The second form is what the scripts ask for: names, one a line, read from the project's files.

      \(CommonHelp.options)
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
    let text: String
    switch subject {
    case .bash: text = CompletionScript.bash
    case .zsh: text = CompletionScript.zsh
    case .fish: text = CompletionScript.fish
    case .pipelines, .tasks, .datasets, .selectors:
      throw CommandFailure(.failed, "names are not there yet")
    }
    if context.settings.json {
      context.json("completion") { writer in
        writer.key("shell")
        writer.string(subject.rawValue)
        writer.key("script")
        writer.string(text)
      }
    } else {
      context.out.write(text)
    }
    return .success
  }
}
