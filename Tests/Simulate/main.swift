import Glibc

guard let command = SimulateCommand(arguments: Array(CommandLine.arguments.dropFirst())) else { exit(2) }
exit(try command.run() ? 0 : 1)
