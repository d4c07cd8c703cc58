// What the pages draw with, and nothing else of it. static/vendor/README.md says how it is made into one file.
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendPlainComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { LegacyGridContainLabel } from "echarts/features";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, LineChart, GridComponent, LegendPlainComponent, TooltipComponent, LegacyGridContainLabel, CanvasRenderer]);

export { init };
