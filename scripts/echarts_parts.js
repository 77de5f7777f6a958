// The parts of Apache ECharts that the pages use, and no more.
import { init, use, version } from "echarts/core";
import { BarChart, BoxplotChart, CustomChart, HeatmapChart, LineChart, ScatterChart } from "echarts/charts";
import {
  AriaComponent, DatasetComponent, DataZoomInsideComponent, GridComponent, LegendComponent, MarkLineComponent,
  TooltipComponent, VisualMapContinuousComponent,
} from "echarts/components";
import { CanvasRenderer, SVGRenderer } from "echarts/renderers";

use([
  BarChart, BoxplotChart, CustomChart, HeatmapChart, LineChart, ScatterChart, AriaComponent, DatasetComponent,
  DataZoomInsideComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent,
  VisualMapContinuousComponent, CanvasRenderer, SVGRenderer,
]);
window.echarts = { init, version };
