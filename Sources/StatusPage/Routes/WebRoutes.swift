import HTTPServer

/// The page: one document for every address that people see, and what it refers to.
enum WebRoutes {
  /// The addresses that people see and keep.
  private static let pages = [
    "/", "/p/{domain}/{pipeline}", "/r/*", "/runs", "/b", "/b/{backfill}", "/datasets", "/d/{dataset}",
    "/lineage", "/alerts", "/sign-in",
  ]

  static let all: [Route] =
    pages.map { path in
      var route = Route.get(path, .open, "The page") { visit in
        guard let page = visit.world.services.web.index else {
          throw Problem.notFound(
            "the page's files are not installed here; the API is, below /api/v1",
            help: "name their folder: heddle serve --bind ADDRESS --web DIR")
        }
        return .response(page.response(to: visit.request))
      }
      route.takesAnyQuery = true
      return route
    } + [
      .get("/assets/*", .open, "A file of the page") { visit in
        let name = visit.request.target.path.dropFirst().joined(separator: "/")
        guard let asset = visit.world.services.web.assets[name] else {
          throw Problem.notFound()
        }
        return .response(asset.response(to: visit.request))
      }
    ]
}
