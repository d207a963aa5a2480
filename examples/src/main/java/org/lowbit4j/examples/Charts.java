package org.lowbit4j.examples;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws the curves of all runs, twice as large as shown so that they stay sharp. */
final class Charts {

  private static final int WIDTH = 1400;
  private static final int HEIGHT = 880;
  private static final Color[] COLORS = {
    new Color(0x1f4e79), new Color(0xd9822b), new Color(0x2e8b57)
  };
  private static final float[][] DASHES = {null, {22, 12}, {4, 10}};
  private static final Marker[] MARKERS = {
    SeriesMarkers.CIRCLE, SeriesMarkers.DIAMOND, SeriesMarkers.SQUARE
  };

  private Charts() {}

  /** Training loss over epochs, as PNG. */
  static byte[] loss(List<RunResult> runs) throws IOException {
    return png("Training loss", "Cross-entropy", runs, RunResult::lossCurve, false);
  }

  /** Test accuracy after each epoch, as PNG. */
  static byte[] accuracy(List<RunResult> runs) throws IOException {
    return png(
        "Test accuracy",
        "Glosses classified right (%)",
        runs,
        run -> run.accuracies().stream().map(share -> 100 * share).toList(),
        true);
  }

  private static byte[] png(
      String title,
      String yTitle,
      List<RunResult> runs,
      Function<RunResult, List<Double>> curve,
      boolean markers)
      throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle("Epochs")
            .yAxisTitle(yTitle)
            .build();
    style(chart);
    for (RunResult run : runs) {
      add(chart, run, curve.apply(run), markers);
    }
    return BitmapEncoder.getBitmapBytes(chart, BitmapFormat.PNG);
  }

  private static void add(XYChart chart, RunResult run, List<Double> curve, boolean markers) {
    double[] y = curve.stream().mapToDouble(Double::doubleValue).toArray();
    double perEpoch = (double) y.length / run.losses().size();
    double[] x = IntStream.rangeClosed(1, y.length).mapToDouble(i -> i / perEpoch).toArray();
    if (!DoubleStream.of(y).allMatch(Double::isFinite)) {
      return; // diverged: the table says so
    }
    int k = run.updater().ordinal();
    XYSeries series = chart.addSeries(run.updater().label(), x, y);
    series.setLineColor(COLORS[k]);
    series.setMarkerColor(COLORS[k]);
    series.setMarker(markers ? MARKERS[k] : SeriesMarkers.NONE);
    series.setLineStyle(
        new BasicStroke(5f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10f, DASHES[k], 0f));
  }

  private static void style(XYChart chart) {
    chart
        .getStyler()
        .setChartBackgroundColor(Color.WHITE)
        .setPlotBorderVisible(false)
        .setChartPadding(24)
        .setChartTitleBoxVisible(false)
        .setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 34))
        .setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 28))
        .setLegendPosition(LegendPosition.OutsideS)
        .setLegendLayout(LegendLayout.Horizontal)
        .setLegendBorderColor(Color.WHITE)
        .setLegendSeriesLineLength(70);
    chart
        .getStyler()
        .setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 28))
        .setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 26))
        .setPlotGridLinesColor(new Color(0xdddddd))
        .setYAxisDecimalPattern("0.0")
        .setXAxisDecimalPattern("0.#");
    chart.getStyler().setMarkerSize(18);
  }
}
