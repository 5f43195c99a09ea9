/// All routes: what is not here is refused.
enum RouteTable {
  static let all: [Route] =
    OverviewRoutes.all + PipelineRoutes.all + RunRoutes.all + LogRoutes.all + ExplainRoutes.all
    + ForecastRoutes.all
    + BackfillRoutes.all + DatasetRoutes.all + ChangeRoutes.all + AlertRoutes.all + SessionRoutes.all
    + LiveRoutes.all
    + CommandRoutes.all + DocumentRoutes.all + WebRoutes.all
}
