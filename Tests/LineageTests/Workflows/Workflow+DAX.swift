import Foundation
import FoundationXML

extension Workflow {
  /// Reads the XML of Pegasus, versions 2 and 3: jobs use files as input or output, children name their
  /// parents.
  init?(dax data: Data, name: String) {
    let reader = DAXReader(name: name)
    let parser = XMLParser(data: data)
    parser.delegate = reader
    guard parser.parse() else { return nil }
    self = reader.workflow
  }
}

private final class DAXReader: NSObject, XMLParserDelegate {
  var workflow: Workflow
  private var job: Workflow.Task?
  private var child: String?

  init(name: String) { workflow = Workflow(name: name) }

  func parser(
    _ parser: XMLParser, didStartElement element: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    switch element {
    case "job", "dag", "dax": job = Workflow.Task(id: attributes["id"] ?? "")
    case "uses":
      guard let file = attributes["name"] ?? attributes["file"] else { return }
      switch attributes["link"] {
      case "input": job?.inputs.append(file)
      case "output": job?.outputs.append(file)
      case "inout":
        job?.inputs.append(file)
        job?.outputs.append(file)
      default: break
      }
    case "child": child = attributes["ref"]
    case "parent":
      if let child, let parent = attributes["ref"] {
        workflow.declared.insert(Workflow.Edge(from: parent, to: child))
      }
    default: break
    }
  }

  func parser(
    _ parser: XMLParser, didEndElement element: String, namespaceURI: String?, qualifiedName: String?
  ) {
    switch element {
    case "job", "dag", "dax":
      if let job { workflow.tasks.append(job) }
      job = nil
    case "child": child = nil
    default: break
    }
  }
}
